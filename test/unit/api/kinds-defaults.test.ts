// What a real API server made of objects that were posted.

import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { ServiceAllocator } from '../../../hub/apiserver/registry/service-allocator.ts';
import { decode } from '../../../shared/api/decode.ts';
import type { Resource, Service } from '../../../shared/api/index.ts';
import { resources } from '../../../shared/api/resources.ts';
import { type BuiltInSchemas, loadSchemaSet } from '../../../shared/api/schema-set.ts';
import { isRecord, type KubeObject, ZeroFields } from '../../../shared/machinery/index.ts';

const fixtures = new URL('../../fixtures/api/kinds/', import.meta.url);
/** Placeholders of the recording, and what stands for them. */
const times: Record<string, string> = {
  TIME: '2024-01-01T00:00:00Z',
  MICROTIME: '2024-01-01T00:00:00.000000Z',
};
const request = JSON.parse(readFileSync(new URL('errors.json', fixtures), 'utf8')).find(
  ({ note }: { note: string }) => note.includes('spec.signerName missing'),
).body.spec.request;

/** Fields that v1.32 fills in and the recorded version did not know; what is allocated; what the server itself sets. */
function comparable(object: KubeObject): unknown {
  const { metadata, ...rest } = object;
  const { labels, annotations, finalizers, name } = metadata ?? {};
  const copy: unknown = JSON.parse(
    JSON.stringify({ ...rest, metadata: { name, labels, annotations, finalizers } }),
  );
  return withoutNewer(copy);
}

function withoutNewer(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNewer);
  if (!isRecord(value)) return value;
  const skipped = [
    'internalTrafficPolicy',
    'allocateLoadBalancerNodePorts',
    'clusterIP',
    'clusterIPs',
    'nodePort',
    'healthCheckNodePort',
    'lastHeartbeatTime',
    'lastTransitionTime',
    'hints',
    'username',
    'groups',
  ];
  if (!('type' in value) || value.type === 'ClusterIP') skipped.push('externalTrafficPolicy');
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !skipped.includes(key))
      .map(([key, field]) => [key, withoutNewer(field)]),
  );
}

function rowOf(object: KubeObject): Resource {
  const row = resources.find(({ kind }) => kind === object.kind);
  if (!row) throw new Error(`no row of ${object.kind}`);
  return row;
}

describe('an object that was posted', () => {
  let schemas: BuiltInSchemas;

  before(async () => {
    schemas = await loadSchemaSet();
  });

  async function completed(posted: unknown): Promise<Service> {
    const sent: KubeObject = JSON.parse(JSON.stringify(posted));
    const row = rowOf(sent);
    const strategy = await row.load();
    if (row.namespaced) sent.metadata = { ...sent.metadata, namespace: 'rec' };
    const next: Service = decode(schemas, strategy.schema, sent).object;
    strategy.default?.(next);
    strategy.prepareForCreate?.(next);
    expect(strategy.validate?.(next) ?? []).to.deep.equal([]);
    if (next.kind === 'Service')
      new ServiceAllocator({ serviceCidr: '10.43.0.0/16' }).allocate(next, undefined, []);
    return next;
  }

  for (const file of readdirSync(new URL('defaults/', fixtures)))
    it(`is completed as upstream does: ${file}`, async () => {
      const text = readFileSync(new URL(`defaults/${file}`, fixtures), 'utf8');
      const filled = text
        .replace(/\b(MICRO)?TIME\b/g, (placeholder) => times[placeholder] ?? placeholder)
        .replaceAll('BASE64 CSR', request);
      const [posted, answered] = parseAllDocuments(filled)
        .map((document): KubeObject | null => document.toJS())
        .filter((document) => document !== null)
        .map((document): KubeObject => JSON.parse(JSON.stringify(document)));
      if (!posted || !answered) throw new Error(`${file} has not two documents`);
      const { schema } = await rowOf(posted).load();
      const shown = new ZeroFields(schemas).whole(schema, { ...(await completed(posted)) });
      expect(comparable(shown)).to.deep.equal(comparable(answered));
    });

  it('gets addresses and ports as its type needs them', async () => {
    const balanced = await completed({
      kind: 'Service',
      metadata: { name: 'a', namespace: 'b' },
      spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: [{ port: 80 }] },
    });
    expect(balanced.spec?.clusterIPs).to.deep.equal([balanced.spec?.clusterIP]);
    expect(balanced.spec?.clusterIP).to.match(/^10\.43\./);
    expect(balanced.spec?.ports?.[0]?.nodePort).to.be.within(30000, 32767);
    expect(balanced.spec?.healthCheckNodePort).to.be.within(30000, 32767);
    expect(balanced.spec).to.include({
      internalTrafficPolicy: 'Cluster',
      allocateLoadBalancerNodePorts: true,
    });
  });

  it('gets what v1.32 fills in and older servers did not', async () => {
    const external = await completed({
      kind: 'Service',
      metadata: { name: 'a' },
      spec: { externalIPs: ['192.0.2.1'], ports: [{ port: 80 }] },
    });
    expect(external.spec).to.include({ externalTrafficPolicy: 'Cluster', internalTrafficPolicy: 'Cluster' });
  });
});
