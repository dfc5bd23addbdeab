// Protobuf bodies: every field that can come over the wire has a place in the JSON that it becomes.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { decodeProtobuf } from '../../../hub/apiserver/http/protobuf/decode-protobuf.ts';
import { isInlined } from '../../../hub/apiserver/http/protobuf/embedded.ts';
import { decode, loadSchemaSet } from '../../../shared/api/index.ts';

type Messages = Record<string, Record<string, string>>;
const table = new URL('../../../hub/apiserver/http/protobuf/messages.json', import.meta.url);
const messages: Messages = JSON.parse(readFileSync(table, 'utf8'));

const varint = (value: number) => (value < 128 ? [value] : [(value & 127) | 128, value >> 7]);
const text = (field: number, value: string | Buffer) =>
  Buffer.concat([Buffer.from([...varint((field << 3) | 2), ...varint(value.length)]), Buffer.from(value)]);
const number = (field: number, value: number) => Buffer.from([...varint(field << 3), ...varint(value)]);
const message = (field: number, ...parts: Buffer[]) => text(field, Buffer.concat(parts));

function body(apiVersion: string, kind: string, ...parts: Buffer[]): Buffer {
  const type = message(1, text(1, apiVersion), text(2, kind));
  return Buffer.concat([Buffer.from('k8s\0'), type, message(2, ...parts)]);
}

describe('a protobuf body', () => {
  it('has no field that the API does not know', async () => {
    const schemas = await loadSchemaSet();
    const strangers = Object.entries(messages).flatMap(([name, fields]) => {
      const type = `io.k8s.${name}`;
      if (!schemas.has(type)) return [];
      const known = schemas.typeNamed(type).properties;
      return Object.values(fields)
        .map((field) => field.split(':', 1)[0] ?? '')
        .filter((field) => !(field in known) && !isInlined(field, {}))
        .map((field) => `${name}.${field}`);
    });
    expect(strangers).to.deep.equal([]);
  });

  it('is made of messages that are all known', () => {
    const missing = Object.values(messages).flatMap((fields) =>
      Object.values(fields)
        .map((field) => (field.split(':')[1] ?? '').replace('[]', '').replace('map ', ''))
        .filter((type) => type.includes('.') && !(type in messages)),
    );
    expect(missing).to.deep.equal([]);
  });

  it('may be an object as it was read: with who manages its fields', () => {
    const fields = message(7, text(1, '{"f:data":{}}'));
    const entry = message(17, text(1, 'kubectl'), text(3, 'v1'), message(4, number(1, 5)), fields);
    const decoded = decodeProtobuf(body('v1', 'ConfigMap', message(1, text(1, 'a'), entry)));
    expect(decoded).to.deep.include({
      metadata: {
        name: 'a',
        managedFields: [
          { manager: 'kubectl', apiVersion: 'v1', time: '1970-01-01T00:00:05Z', fieldsV1: { 'f:data': {} } },
        ],
      },
    });
  });

  it('is read where a struct is embedded in another', () => {
    const path = message(1, text(1, '/'), text(3, 'Prefix'));
    const rule = message(3, text(1, 'a.com'), message(2, message(1, path)));
    expect(decodeProtobuf(body('networking.k8s.io/v1', 'Ingress', message(2, rule)))).to.deep.equal({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      spec: { rules: [{ host: 'a.com', http: { paths: [{ path: '/', pathType: 'Prefix' }] } }] },
    });
  });

  it('means what its fields mean in Go: the zeros of what is no pointer are nothing, those of pointers something', async () => {
    const schemas = await loadSchemaSet();
    const read = (group: string, version: string, kind: string, ...parts: Buffer[]) => {
      const sent = body(group === 'core' ? version : `${group}/${version}`, kind, ...parts);
      return decode(schemas, `io.k8s.api.${group.split('.', 1)}.${version}.${kind}`, decodeProtobuf(sent))
        .object;
    };
    const probe = message(10, number(2, 0), number(3, 0), number(4, 0), number(5, 0), number(6, 0));
    const container = message(2, text(1, 'c'), text(5, ''), probe, number(16, 0));
    const pod = read(
      'core',
      'v1',
      'Pod',
      message(1, text(1, 'a'), text(6, '')),
      message(2, container, number(4, 0)),
    );
    expect(pod).to.deep.include({
      metadata: { name: 'a' },
      spec: { containers: [{ name: 'c', livenessProbe: {} }], terminationGracePeriodSeconds: 0 },
    });
    const driver = read('storage.k8s.io', 'v1', 'CSIDriver', message(2, number(1, 0)));
    expect(driver).to.deep.include({ spec: { attachRequired: false } });
    const priority = read('scheduling.k8s.io', 'v1', 'PriorityClass', number(2, 0), number(3, 0));
    expect(priority).to.deep.include({ value: 0 });
    expect(priority).to.not.have.property('globalDefault');
    const none = [number(1, 0), number(2, 0), text(3, '')]; // IntOrString
    const surge = message(2, message(1, ...none), message(2, number(1, 1), number(2, 0), text(3, '10%')));
    const daemons = read('apps', 'v1', 'DaemonSet', message(2, message(3, text(1, 'RollingUpdate'), surge)));
    expect(daemons).to.deep.include({
      spec: {
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '10%' } },
      },
    });
    const budget = read('policy', 'v1', 'PodDisruptionBudget', message(2, message(3, ...none)));
    expect(budget).to.deep.include({ spec: { maxUnavailable: 0 } });
    const slice = read('discovery.k8s.io', 'v1', 'EndpointSlice', message(3, text(1, ''), number(3, 0)));
    expect(slice).to.deep.include({ ports: [{ name: '', port: 0 }] });
  });
});
