// YAML that is none, at the API's door and in the command line: in the words of Go's yaml.

import { expect } from 'chai';
import { parseYamlBody } from '../../../hub/apiserver/http/yaml-body.ts';
import { parseDocuments } from '../../../hub/cli/manifests/parse-documents.ts';
import { brokenYaml } from '../../support/broken-yaml.ts';

/** The documents before are read. */
async function refusalOf(text: string): Promise<unknown> {
  try {
    for await (const document of parseDocuments({ source: 'm.yaml', text }))
      expect(document).to.have.property('a', 'b');
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('YAML that is none', () => {
  for (const [text, words] of brokenYaml)
    it(`is refused, as ${words}`, async () => {
      expect(() => parseYamlBody(text))
        .to.throw(Error)
        .with.property('message', `yaml: ${words}`);
      const refusal = await refusalOf(text);
      expect(refusal)
        .to.be.an('error')
        .with.property('message', `error parsing m.yaml: error converting YAML to JSON: yaml: ${words}`);
    });

  it('is told of with the line of its own document', async () => {
    const text = '---\na: b\n--- # next\na: b\nc: @d\n---\na: b\n';
    const refusal = await refusalOf(text);
    expect(refusal).to.be.an('error').with.property('message').that.includes('yaml: line 2: found character');
  });

  it('keeps what else is wrong with it in the words of its reader', () => {
    expect(() => parseYamlBody('a: b\nc: &x &y d\n')).to.throw(
      /^yaml: line 2: A node can have at most one anchor/,
    );
  });
});
