// What YAML means to Kubernetes, whoever reads it.

import { expect } from 'chai';
import { parseYamlBody } from '../../../hub/apiserver/http/yaml-body.ts';
import { parseDocuments } from '../../../hub/cli/manifests/parse-documents.ts';

async function readings(text: string): Promise<unknown[]> {
  return [parseYamlBody(text).body, (await parseDocuments({ source: 'a.yaml', text }))[0]];
}

async function refusals(text: string): Promise<string[]> {
  const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
  const read = parseDocuments({ source: 'a.yaml', text });
  return [
    await Promise.resolve()
      .then(() => parseYamlBody(text))
      .then(() => '', messageOf),
    await read.then(() => '', messageOf),
  ];
}

describe('YAML of the API and of manifests', () => {
  const meanings: [text: string, value: unknown][] = [
    ['a: yes\nb: off\nc: "yes"', { a: true, b: false, c: 'yes' }],
    ['mode: 0644\nhex: 0x1f', { mode: 420, hex: 31 }],
    ['time: 2001-01-01\nclock: 12:30:45', { time: '2001-01-01', clock: '12:30:45' }],
    ['true: a\n8080: b', { true: 'a', 8080: 'b' }],
    ['a: &a {p: 1, q: 2}\nb: {<<: *a, q: 3}', { a: { p: 1, q: 2 }, b: { p: 1, q: 3 } }],
    [
      'a: &a {p: 1}\nb: &b {q: 2}\nc: {<<: [*a, *b], r: 3}',
      { a: { p: 1 }, b: { q: 2 }, c: { p: 1, q: 2, r: 3 } },
    ],
    ['__proto__: {polluted: true}', JSON.parse('{"__proto__": {"polluted": true}}')],
  ];

  for (const [text, value] of meanings)
    it(`reads ${JSON.stringify(text)} as version 1.1`, async () => {
      for (const read of await readings(text)) expect(read).to.deep.equal(value);
      expect({}).to.not.have.property('polluted');
    });

  it('has no value that contains itself', async () => {
    for (const text of ['d: &d {a: *d}', 'd: &d {<<: *d}', 'a: &a [{b: &b {c: [*a]}}]'])
      for (const refusal of await refusals(text))
        expect(refusal).to.match(/anchor '[ad]' value contains itself$/);
  });

  it('merges no more than a document may hold', async () => {
    const keys = Array.from({ length: 2000 }, (_, at) => `k${at}: 1`).join(', ');
    const wide = `a: &a {${keys}}\n${Array.from({ length: 90 }, (_, at) => `b${at}: {<<: *a}`).join('\n')}`;
    const levels = Array.from({ length: 40 }, (_, at) => `m${at + 1}: &m${at + 1} {<<: [*m${at}, *m${at}]}`);
    for (const text of [wide, `m0: &m0 {x: 1}\n${levels.join('\n')}`])
      for (const refusal of await refusals(text))
        expect(refusal).to.match(/document contains excessive aliasing$/);
  });
});
