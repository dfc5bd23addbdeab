import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { decode, strictDecodingError } from '../../../shared/api/decode.ts';
import { type BuiltInSchemas, loadSchemaSet } from '../../../shared/api/schema-set.ts';
import { strictFaults } from '../../../shared/api/strict-faults.ts';
import { ApiError } from '../../../shared/machinery/index.ts';

interface Refused {
  note: string;
  type: string;
  body: unknown;
  message: string;
}

/** Real mistakes, with what Kubernetes v1.32 says of them. */
const refused: Refused[] = JSON.parse(
  readFileSync(new URL('../../fixtures/api/decode-errors.json', import.meta.url), 'utf8'),
);

const podType = 'io.k8s.api.core.v1.Pod';

describe('decoding', () => {
  let schemas: BuiltInSchemas;

  before(async () => {
    schemas = await loadSchemaSet();
  });

  function decoded(type: string, value: unknown): Record<string, unknown> {
    return decode(schemas, `io.k8s.api.${type}`, value).object;
  }

  function refusal(type: string, value: unknown): string {
    try {
      decode(schemas, type, value);
    } catch (error) {
      if (error instanceof ApiError && error.code === 400) return error.message;
      throw error;
    }
    return 'accepted';
  }

  for (const { note, type, body, message } of refused)
    it(`refuses ${note}`, () => {
      expect(refusal(type, body)).to.equal(message);
    });

  it('reports the first value of a wrong type, in the order in which they were sent', () => {
    expect(refusal(podType, { spec: { hostNetwork: 1, nodeName: 2 } })).to.contain(
      'PodSpec.spec.hostNetwork',
    );
    expect(refusal(podType, { spec: { nodeName: 2, hostNetwork: 1 } })).to.contain('PodSpec.spec.nodeName');
  });

  it('reports a malformed time or quantity before a value of a wrong type', () => {
    const message = refusal(podType, { spec: { hostNetwork: 1 }, metadata: { creationTimestamp: 'x' } });
    expect(message).to.contain('cannot parse "x" as "2006"');
  });

  it('names structs and types as Go does', () => {
    const service = 'io.k8s.api.core.v1.Service';
    expect(refusal(service, { spec: { type: 5 } })).to.contain(
      'ServiceSpec.spec.type of type v1.ServiceType',
    );
    expect(refusal(service, { spec: { ports: [{ targetPort: true }] } })).to.contain(
      'cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32',
    );
    expect(refusal(podType, { spec: { containers: [{ resources: { limits: [] } }] } })).to.contain(
      'array into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList',
    );
    expect(refusal(podType, [])).to.equal(
      'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal array into Go value of type v1.Pod',
    );
  });

  it('takes null for absent, and for the zero value within lists and maps', () => {
    expect(decoded('core.v1.Pod', { metadata: null, spec: { nodeName: 'a', priority: null } })).to.deep.equal(
      {
        spec: { nodeName: 'a' },
      },
    );
    expect(decoded('core.v1.ConfigMap', { data: { a: null } })).to.deep.equal({ data: { a: '' } });
    expect(decoded('core.v1.Node', { status: { capacity: { cpu: null } } })).to.deep.equal({
      status: { capacity: { cpu: '0' } },
    });
  });

  it('drops empty lists and maps, and structs that are always there: other empty structs say something', () => {
    const volumes = [{ name: 'v', emptyDir: {} }];
    const pod = { metadata: { labels: {} }, spec: { containers: [], volumes }, status: {} };
    expect(decoded('core.v1.Pod', pod)).to.deep.equal({ spec: { volumes } });
  });

  it('keeps empty what must be there, but for lists that upstream stores in protobuf', () => {
    const slice = { addressType: '', endpoints: [], ports: [] };
    expect(decoded('discovery.v1.EndpointSlice', slice)).to.deep.equal({ addressType: '' });
    expect(decoded('core.v1.NodeSelectorRequirement', { key: '', operator: '', values: [] })).to.deep.equal({
      key: '',
      operator: '',
    });
    const versions = { versions: [], names: { plural: '', kind: '' } };
    const type = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec';
    expect(decode(schemas, type, versions).object).to.deep.equal(versions);
  });

  it('writes quantities, times and base64 as Go writes them', () => {
    const capacity = { cpu: 4, memory: '1024Mi', pods: ' 110 ', disk: '0.5', 'example.com/x': 1e3 };
    expect(decoded('core.v1.Node', { status: { capacity } })).to.deep.equal({
      status: { capacity: { cpu: '4', memory: '1Gi', pods: '110', disk: '500m', 'example.com/x': '1k' } },
    });
    expect(
      decoded('core.v1.Pod', { metadata: { creationTimestamp: '2024-02-29T23:30:00.75+02:00' } }),
    ).to.deep.equal({
      metadata: { creationTimestamp: '2024-02-29T21:30:00Z' },
    });
    expect(
      decoded('coordination.v1.Lease', { spec: { renewTime: '2024-01-01T01:00:00.123456+01:00' } }),
    ).to.deep.equal({ spec: { renewTime: '2024-01-01T00:00:00.123456Z' } });
    expect(decoded('core.v1.Secret', { data: { k: 'YW\nI=', z: 'YR==' } })).to.deep.equal({
      data: { k: 'YWI=', z: 'YQ==' },
    });
  });

  it('refuses times that no calendar has, and times of too few digits', () => {
    const created = (creationTimestamp: string) => refusal(podType, { metadata: { creationTimestamp } });
    expect(created('2023-02-29T00:00:00Z')).to.contain('"2023-02-29T00:00:00Z": day out of range');
    expect(created('2023-13-01T00:00:00Z')).to.contain('month out of range');
    expect(created('2023-01-01T00:00:00')).to.contain('cannot parse "" as "Z07:00"');
    expect(created('2023-01-01T00:00:00Zz')).to.contain('extra text: "z"');
    const lease = { spec: { renewTime: '2024-01-01T01:00:00Z' } };
    expect(refusal('io.k8s.api.coordination.v1.Lease', lease)).to.contain('cannot parse "Z" as ".000000"');
  });

  it('prunes what the type does not have, and says where it was', () => {
    const { object, unknownFields } = decode(schemas, podType, {
      kind: 'Pod',
      metadata: { name: 'a', lables: {} },
      spec: { containers: [{ name: 'c' }, { name: 'd', imagePolicy: 'x' }], replicaz: 3 },
      constructor: 1,
    });
    expect(object).to.deep.equal({
      kind: 'Pod',
      metadata: { name: 'a' },
      spec: { containers: [{ name: 'c' }, { name: 'd' }] },
    });
    expect(unknownFields).to.deep.equal([
      'metadata.lables',
      'spec.containers[1].imagePolicy',
      'spec.replicaz',
      'constructor',
    ]);
    expect(strictDecodingError(podType, ['unknown field "spec.replicaz"']).message).to.equal(
      'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.replicaz"',
    );
  });

  it('lists a hundred unknown fields at most', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`f${index}`, 1]));
    expect(decode(schemas, podType, many).unknownFields).to.have.length(100);
  });

  it('takes __proto__ for a key like any other', () => {
    const sent: unknown = JSON.parse('{"data":{"__proto__":"x"},"__proto__":{"data":{"a":"b"}}}');
    const { object, unknownFields } = decode(schemas, 'io.k8s.api.core.v1.ConfigMap', sent);
    expect(JSON.stringify(object)).to.equal('{"data":{"__proto__":"x"}}');
    expect(unknownFields).to.deep.equal(['__proto__']);
    expect(Object.getPrototypeOf(object)).to.equal(Object.prototype);
  });

  it('refuses JSON that is nested too deeply', () => {
    const bottomless: unknown = JSON.parse(`${'{"not":'.repeat(2000)}{}${'}'.repeat(2000)}`);
    const schema = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
    expect(refusal(schema, bottomless)).to.contain('exceeded max depth');
  });

  it('never lets anything but the type through, and is done after one reading', () => {
    const anything = fc.dictionary(
      fc.constantFrom(
        'metadata',
        'spec',
        'status',
        'containers',
        'name',
        'labels',
        'ports',
        'x',
        '__proto__',
      ),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.record({ metadata: anything, spec: anything, extra: fc.jsonValue() }), (value) => {
        if (refusal(podType, value) !== 'accepted') return;
        const { object } = decode(schemas, podType, value);
        const again = decode(schemas, podType, object);
        expect(again).to.deep.equal({ object, unknownFields: [] });
      }),
    );
  });
});

describe('what strict decoding says of JSON text', () => {
  it('names fields that stand there twice by their paths, once', () => {
    const text = String.raw`{"a":1,"b":{"c":[{"d\"":1,"d\"":2},{"x":"}{]["}],"c":null},"a":2,"a":[],"\u0062":true}`;
    const fields = ['b.c[0].d"', 'b.c', 'a', 'b'];
    expect(strictFaults(text, [])).to.deep.equal(fields.map((field) => `duplicate field "${field}"`));
  });

  it('names unknown fields where they stand, once', () => {
    const text = '{"b":1,"x":1,"x":2,"b":2,"a":[{"y":1}]}';
    const faults = [
      'unknown field "x"',
      'duplicate field "b"',
      'unknown field "a[0].y"',
      'unknown field "z"',
    ];
    expect(strictFaults(text, ['a[0].y', 'x', 'z'])).to.deep.equal(faults);
  });

  it('finds no fault with what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(2), (value, indent) => {
        expect(strictFaults(JSON.stringify(value, undefined, indent), [])).to.deep.equal([]);
      }),
    );
  });
});
