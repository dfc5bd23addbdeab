// YAML that was sent: the last of two equal keys counts, and both are told of.

import { expect } from 'chai';
import { parseYamlBody } from '../../../hub/apiserver/http/yaml-body.ts';
import { startApiServer } from '../../support/apiserver.ts';

const text = 'metadata: {name: twice}\ndata:\n  a: one\n  a: two\n';
const path = '/api/v1/namespaces/default/configmaps';

describe('a body in YAML', () => {
  it('says which keys stand twice, and where', () => {
    expect(parseYamlBody(text)).to.deep.equal({
      body: { metadata: { name: 'twice' }, data: { a: 'two' } },
      duplicates: ['line 4: key "a" already set in map'],
    });
    expect(() => parseYamlBody('a: [')).to.throw();
  });

  it('is warned of or refused for them, as the client wants', async () => {
    const server = await startApiServer();
    const sent = parseYamlBody(text);
    const twice = 'line 4: key "a" already set in map';
    const strict = await server.ask('POST', `${path}?fieldValidation=Strict`, sent);
    expect(strict.body.message).to.equal(
      `ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n  ${twice}`,
    );
    expect((await server.ask('POST', path, sent)).warnings).to.deep.equal([twice]);
    const whole = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'twice' }, data: { a: 'two' } };
    const apply = { ...sent, body: whole, contentType: 'application/apply-patch+yaml' };
    const options = 'fieldManager=m&force=true';
    expect((await server.ask('PATCH', `${path}/twice?${options}`, apply)).warnings).to.deep.equal([twice]);
    const refused = await server.ask('PATCH', `${path}/twice?${options}&fieldValidation=Strict`, apply);
    expect(refused.code).to.equal(400);
    expect(refused.body.message).to.equal(
      `error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  ${twice}`,
    );
    await server.stop();
  });
});
