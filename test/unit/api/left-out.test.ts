// Zero (`''`, 0, false) is nothing where Go has no pointer: it is dropped where a real API server was seen to drop it, and
// kept where one was seen to show it.

import { expect } from 'chai';
import { decode } from '../../../shared/api/decode.ts';
import { resources } from '../../../shared/api/index.ts';
import { type BuiltInSchemas, loadSchemaSet } from '../../../shared/api/schema-set.ts';
import { apiVersionOf, isRecord, type JsonObject, ZeroFields } from '../../../shared/machinery/index.ts';
import { recordedDefaults, recordedSettled } from '../../support/recorded/recorded.ts';

const podType = 'io.k8s.api.core.v1.Pod';
const serviceType = 'io.k8s.api.core.v1.Service';

describe('a scalar that is zero', () => {
  let schemas: BuiltInSchemas;
  before(async () => {
    schemas = await loadSchemaSet();
  });

  const specOf = (type: string, spec: object) => decode(schemas, type, { spec }).object.spec;

  it('is dropped where Go could not tell it from nothing', () => {
    const probe = { initialDelaySeconds: 0, tcpSocket: { port: 80, host: '' } };
    const port = { containerPort: 80, hostPort: 0, name: '' };
    const container = { name: 'c', stdin: false, ports: [port], livenessProbe: probe };
    const spec = {
      hostNetwork: false,
      hostname: '',
      containers: [container],
      tolerations: [{ key: 'k', value: '' }],
    };
    expect(specOf(podType, spec)).to.deep.equal({
      containers: [{ name: 'c', ports: [{ containerPort: 80 }], livenessProbe: { tcpSocket: { port: 80 } } }],
      tolerations: [{ key: 'k' }],
    });
    const ports = [{ port: 80, protocol: '', nodePort: 0, targetPort: 0 }];
    expect(specOf(serviceType, { sessionAffinity: '', ports })).to.deep.equal({ ports: [{ port: 80 }] });
  });

  it('is kept where Go has a pointer, where the field is required, and in lists and maps', () => {
    const securityContext = { runAsUser: 0, privileged: false, readOnlyRootFilesystem: false };
    const container = { name: '', args: [''], securityContext };
    const pod = {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [container],
      nodeSelector: { edge: '' },
    };
    expect(specOf(podType, pod)).to.deep.equal(pod);
    const map = { immutable: false, data: { empty: '' } };
    expect(decode(schemas, 'io.k8s.api.core.v1.ConfigMap', map).object).to.deep.equal(map);
  });

  it('is kept in what has no Go type', () => {
    const schema = { default: false, minimum: 0, enum: ['', 0] };
    const type = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
    expect(decode(schemas, type, { ...schema, nullable: false }).object).to.deep.equal(schema);
  });

  /** With the name of its type, of each object that was answered; `sent`, where it was recorded too. */
  async function recorded(): Promise<{ type: string; got: JsonObject; sent: JsonObject | undefined }[]> {
    const settled = Object.values(recordedSettled()).map((got) => ({ sent: undefined, got }));
    const found = [];
    for (const { sent, got } of readable([...recordedDefaults(), ...settled])) {
      const row = resources.find(
        (each) => each.kind === got?.kind && apiVersionOf(each) === got.apiVersion && !each.custom,
      );
      if (row) found.push({ type: (await row.load()).schema, got, sent: isRecord(sent) ? sent : undefined });
    }
    return found;
  }

  it('is kept in nothing that was sent to a real API server and that it answered without', async () => {
    let zeros = 0;
    for (const { type, got, sent } of await recorded()) {
      if (!sent) continue;
      zeros += zerosIn(sent).length;
      // Becomes `data`.
      const { stringData: _, ...object } = decode(schemas, type, sent).object;
      const kept = zerosIn(object);
      expect(kept.filter((path) => at(got, path) === undefined)).to.deep.equal([]);
    }
    expect(zeros).to.be.above(20);
  });

  it('is kept in everything that a real API server answered', async () => {
    const whole = new ZeroFields(schemas);
    let zeros = 0;
    for (const { type, got } of await recorded()) {
      const shown = whole.whole(type, decode(schemas, type, got).object);
      const expected = zerosIn(got).filter((path) => !leftOutSince.includes(path.join('.')));
      zeros += expected.length;
      expect(expected.filter((path) => at(shown, path) === undefined)).to.deep.equal([]);
    }
    expect(zeros).to.be.above(100);
  });
});

/** autoscaling/v2beta2, of which the recorded answer is, had it without `omitempty`. */
const leftOutSince = ['status.currentReplicas'];

/** With times and base64 where the recording has words for them. */
function readable<T>(recorded: T): T {
  const text = JSON.stringify(recorded)
    .replaceAll('"TIME"', '"2026-01-01T00:00:00Z"')
    .replaceAll('"MICROTIME"', '"2026-01-01T00:00:00.000000Z"')
    .replaceAll('BASE64 CSR', 'YQ==');
  return JSON.parse(text);
}

type Path = (string | number)[];

/** Where '', 0 and false are fields of an object, however deep. */
function zerosIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null)
    return value === '' || value === 0 || value === false ? [path] : [];
  return Object.entries(value).flatMap(([key, item]) => zerosIn(item, [...path, key]));
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}
