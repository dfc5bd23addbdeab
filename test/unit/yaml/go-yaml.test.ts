// What YAML means to Kubernetes, whoever reads it.

import { expect } from 'chai';
import { parseYamlBody } from '../../../hub/apiserver/http/yaml-body.ts';
import { parseDocuments } from '../../../hub/cli/manifests/parse-documents.ts';

async function readings(text: string): Promise<unknown[]> {
  return [parseYamlBody(text).body, await firstOf(text)];
}

async function firstOf(text: string): Promise<unknown> {
  for await (const document of parseDocuments({ source: 'a.yaml', text })) return document;
  return undefined;
}

async function refusals(text: string): Promise<string[]> {
  const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
  const read = firstOf(text);
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

  it('has no value that JSON has not', async () => {
    const none: [string, string][] = [
      ['a: .nan', 'json: unsupported value: NaN'],
      ['a: -.inf', 'json: unsupported value: -Inf'],
      ['a: {~: b}', 'unsupported map key of type: %!s(<nil>), key: <nil>, value: "b"'],
    ];
    for (const [text, words] of none)
      expect(await refusals(text)).to.deep.equal([
        words,
        `error parsing a.yaml: error converting YAML to JSON: ${words}`,
      ]);
  });

  it('takes as many aliases as Go does', async () => {
    const list = (length: number, item: string) => `[${Array(length).fill(item).join(', ')}]`;
    for (const text of [`q: &q [1, 2]\nz: ${list(300, '*q')}`, `q: &q v\nz: ${list(2_000, '*q')}`])
      for (const read of await readings(text)) expect(read).to.have.property('z').that.is.an('array');
    const bomb = Array.from({ length: 9 }, (_, at) => `b${at + 1}: &b${at + 1} ${list(9, `*b${at}`)}`);
    for (const refusal of await refusals(`b0: &b0 ${list(9, 'x')}\n${bomb.join('\n')}`))
      expect(refusal).to.match(/yaml: document contains excessive aliasing$/);
  });

  it('is the first document where the API is asked', () => {
    expect(parseYamlBody('a: b\n---\nc: d\n').body).to.deep.equal({ a: 'b' });
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
