import { expect } from 'chai';
import { type BuiltInSchemas, loadSchemaSet } from '../../../shared/api/schema-set.ts';
import { deepFreeze, type JsonObject, ZeroFields } from '../../../shared/machinery/index.ts';

describe('what Go writes although nothing is in it', () => {
  let schemas: BuiltInSchemas;
  let zeros: ZeroFields;
  before(async () => {
    schemas = await loadSchemaSet();
    zeros = new ZeroFields(schemas);
  });

  const whole = (type: string, value: JsonObject) => zeros.whole(`io.k8s.api.${type}`, deepFreeze(value));

  it('is put in where it is missing, in lists and maps as well', () => {
    expect(whole('networking.v1.IngressBackend', { service: { name: 's' } })).to.deep.equal({
      service: { name: 's', port: {} },
    });
    expect(whole('core.v1.PodStatus', { containerStatuses: [{ name: 'c', ready: true }] })).to.deep.equal({
      containerStatuses: [
        { name: 'c', ready: true, restartCount: 0, image: '', imageID: '', state: {}, lastState: {} },
      ],
    });
    expect(whole('authentication.v1.TokenRequestSpec', { audiences: ['a'] })).to.deep.equal({
      audiences: ['a'],
      boundObjectRef: null,
      expirationSeconds: null,
    });
  });

  it('has structs with all that they have themselves', () => {
    expect(whole('apps.v1.DeploymentSpec', {})).to.deep.equal({
      selector: null,
      strategy: {},
      template: { metadata: { creationTimestamp: null }, spec: { containers: null } },
    });
  });

  it('leaves alone what is there, whatever it is', () => {
    const slice = { addressType: 'IPv4', endpoints: [], ports: null };
    expect(whole('discovery.v1.EndpointSlice', slice)).to.deep.equal({
      ...slice,
      metadata: { creationTimestamp: null },
    });
    expect(whole('core.v1.PodStatus', { conditions: 'none', containerStatuses: [1, null] })).to.deep.equal({
      conditions: 'none',
      containerStatuses: [1, null],
    });
  });

  it('answers the value itself where nothing is missing', () => {
    const metadata = { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' };
    const configMap = deepFreeze({ metadata, data: { k: 'v' } });
    expect(zeros.whole('io.k8s.api.core.v1.ConfigMap', configMap)).to.equal(configMap);
  });

  it('is found for every type, also for those that contain themselves', () => {
    for (const name of schemas.names()) expect(zeros.whole(name, {})).to.be.an('object');
  });
});
