// What a node may read: after any changes, the index says what looking at every pod says, and has told of each change.

import { expect } from 'chai';
import fc from 'fast-check';
import { NodeReach } from '../../../hub/apiserver/index.ts';
import { MemoryStore } from '../../../hub/store/index.ts';
import { systemClock } from '../../../shared/base/index.ts';
import type { KubeObject } from '../../../shared/machinery/index.ts';

interface Placed {
  node: string | undefined;
  configMaps: readonly string[];
  claim?: string | undefined;
  /** It is told of Services. */
  links?: boolean;
}

const nodeNames = ['pi-1', 'pi-2'];
const podNames = ['a', 'b', 'c'];
const configMapNames = ['x', 'y', 'z'];
const claimNames = ['data', 'more'];
const volumeNames = ['pv-1', 'pv-2'];
const podKey = (name: string) => `/core/pods/default/${name}`;
const configMapKey = (name: string) => `/core/configmaps/default/${name}`;
const claimKey = (name: string) => `/core/persistentvolumeclaims/default/${name}`;
const serviceNames = ['web', 'db'];
const serviceKey = (name: string) => `/core/services/default/${name}`;
const volumeKey = (name: string) => `/core/persistentvolumes/_/${name}`;

function podOf(
  name: string,
  { node, configMaps, claim, links = false }: Placed,
): KubeObject & { spec: object } {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      enableServiceLinks: links,
      ...(node && { nodeName: node }),
      ...(claim && { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: claim } }] }),
      containers: [
        { name: 'c', envFrom: configMaps.map((configMap) => ({ configMapRef: { name: configMap } })) },
      ],
    },
  };
}

function claimOf(name: string, volumeName: string | undefined): KubeObject & { spec: object } {
  const metadata = {
    name,
    namespace: 'default',
    uid: `uid-${name}`,
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata,
    spec: { ...(volumeName && { volumeName }) },
  };
}

function serviceOf(name: string, clusterIP: string): KubeObject & { spec: object } {
  const metadata = {
    name,
    namespace: 'default',
    uid: `uid-${name}`,
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP } };
}

interface World {
  pods: ReadonlyMap<string, Placed>;
  /** Claim → volume. */
  claims: ReadonlyMap<string, string>;
  /** Service → its address. */
  services: ReadonlyMap<string, string>;
}

/** The truth, the slow way. */
function reachOf(node: string, { pods, claims, services }: World): string[] {
  const addressed = [...services]
    .filter(([, address]) => address !== 'None')
    .map(([name]) => serviceKey(name));
  const keys = [...pods]
    .filter(([, pod]) => pod.node === node)
    .flatMap(([name, { configMaps, claim, links }]) => {
      const volume = claim && claims.get(claim);
      const more = [...(claim ? [claimKey(claim)] : []), ...(volume ? [volumeKey(volume)] : [])];
      return [podKey(name), ...configMaps.map(configMapKey), ...more, ...(links ? addressed : [])];
    });
  return [...new Set(keys)].sort();
}

describe('node reach', () => {
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const podStep = fc.record({
    pod: fc.constantFrom(...podNames),
    to: maybe(
      fc.record({
        node: maybe(fc.constantFrom(...nodeNames)),
        configMaps: fc.uniqueArray(fc.constantFrom(...configMapNames)),
        claim: maybe(fc.constantFrom(...claimNames)),
        links: fc.boolean(),
      }),
    ),
  });
  const claimStep = fc.record({
    claim: fc.constantFrom(...claimNames),
    volume: maybe(fc.constantFrom(...volumeNames)),
  });
  const serviceStep = fc.record({
    service: fc.constantFrom(...serviceNames),
    address: maybe(fc.constantFrom('10.96.0.7', 'None')),
  });
  const step = fc.oneof(podStep, claimStep, serviceStep);

  it('is what the pods name, and whoever listens knows it too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.nat({ max: 12 }), async (steps, startAt) => {
        const store = new MemoryStore({ clock: systemClock });
        await store.start();
        const reach = new NodeReach({ store });
        const listening = new Map(nodeNames.map((node) => [node, new Set<string>()]));
        const placed = new Map<string, Placed>();
        const claims = new Map<string, string>();
        const services = new Map<string, string>();
        for (const [index, change] of steps.entries()) {
          if (index === startAt) await start();
          if ('claim' in change) {
            const { claim, volume } = change;
            await store.commit([{ key: claimKey(claim), object: claimOf(claim, volume) }]);
            if (volume) claims.set(claim, volume);
            else claims.delete(claim);
            continue;
          }
          if ('service' in change) {
            const { service, address } = change;
            const key = serviceKey(service);
            if (address) await store.commit([{ key, object: serviceOf(service, address) }]);
            else if (services.has(service)) await store.commit([{ key }]);
            if (address) services.set(service, address);
            else services.delete(service);
            continue;
          }
          const { pod, to } = change;
          if (to) await store.commit([{ key: podKey(pod), object: podOf(pod, to) }]);
          else if (placed.has(pod)) await store.commit([{ key: podKey(pod) }]);
          if (to) placed.set(pod, to);
          else placed.delete(pod);
        }
        if (steps.length <= startAt) await start();
        for (const node of nodeNames) {
          const truth = reachOf(node, { pods: placed, claims, services });
          expect([...reach.objectsOf(node)].sort()).to.deep.equal(truth);
          expect([...(listening.get(node) ?? [])].sort()).to.deep.equal(truth);
        }
        reach.stop();
        await store.stop();

        async function start(): Promise<void> {
          await reach.start();
          for (const node of nodeNames)
            for (const key of reach.objectsOf(node)) listening.get(node)?.add(key);
          reach.onChange(({ node, key }) => {
            const keys = listening.get(node);
            if (reach.reaches(node, key)) keys?.add(key);
            else keys?.delete(key);
          });
        }
      }),
    );
  });

  it('has a volume that its node is to remove, though no pod names it', async () => {
    const store = new MemoryStore({ clock: systemClock });
    await store.start();
    const reach = new NodeReach({ store });
    await reach.start();
    const volume = (finalizers: string[], policy = 'Delete'): KubeObject & { spec: object } => ({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: {
        name: 'pv-1',
        uid: 'u',
        creationTimestamp: '2026-01-01T00:00:00Z',
        deletionTimestamp: '2026-01-01T00:00:00Z',
        annotations: { 'pv.kubernetes.io/provisioned-by': 'kelp.dev/local', 'kelp.dev/node': 'pi-1' },
        finalizers,
      },
      spec: { local: { path: '/v/pv-1' }, persistentVolumeReclaimPolicy: policy },
    });
    const reached = async (object: KubeObject) => {
      await store.commit([{ key: volumeKey('pv-1'), object }]);
      return [reach.mayRead('pi-1', 'persistentvolumes', '', 'pv-1'), reach.objectsOf('pi-2')];
    };
    const ours = 'kelp.dev/local-volume';
    expect(await reached(volume([ours, 'kubernetes.io/pv-protection']))).to.deep.equal([false, []]);
    expect(await reached(volume([ours]))).to.deep.equal([true, []]);
    expect(await reached(volume([ours], 'Retain'))).to.deep.equal([false, []]);
    reach.stop();
    await store.stop();
  });

  it('has the Services of its pods’ namespaces, before the pods; not the API’s own', async () => {
    const store = new MemoryStore({ clock: systemClock });
    await store.start();
    const reach = new NodeReach({ store });
    await reach.start();
    const told: string[] = [];
    reach.onChange(({ node, key }) => told.push(`${node} ${key}`));
    const put = (name: string) =>
      store.commit([{ key: serviceKey(name), object: serviceOf(name, '10.96.0.7') }]);
    for (const name of ['web', 'kubernetes']) await put(name);
    expect(told).to.deep.equal([]);
    await store.commit([
      { key: podKey('a'), object: podOf('a', { node: 'pi-1', configMaps: [], links: true }) },
    ]);
    expect(told.splice(0)).to.deep.equal([`pi-1 ${serviceKey('web')}`, `pi-1 ${podKey('a')}`]);
    await put('db');
    expect(told.splice(0)).to.include(`pi-1 ${serviceKey('db')}`);
    expect(reach.mayRead('pi-1', 'services', 'default', 'kubernetes')).to.equal(false);
    await store.commit([{ key: podKey('a') }]);
    expect(reach.objectsOf('pi-1')).to.deep.equal([]);
    reach.stop();
    await store.stop();
  });

  it('tells of a change of what is named, to each node that reaches it, and before the pod that newly names it', async () => {
    const store = new MemoryStore({ clock: systemClock });
    await store.start();
    const reach = new NodeReach({ store });
    await reach.start();
    const told: string[] = [];
    reach.onChange(({ node, key }) => told.push(`${node} ${key}`));
    await store.commit([{ key: podKey('a'), object: podOf('a', { node: 'pi-1', configMaps: ['x'] }) }]);
    await store.commit([{ key: podKey('b'), object: podOf('b', { node: 'pi-2', configMaps: ['x'] }) }]);
    expect(told.splice(0)).to.deep.equal([
      `pi-1 ${configMapKey('x')}`,
      `pi-1 ${podKey('a')}`,
      `pi-2 ${configMapKey('x')}`,
      `pi-2 ${podKey('b')}`,
    ]);
    const metadata = { name: 'x', namespace: 'default', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' };
    await store.commit([
      { key: configMapKey('x'), object: { apiVersion: 'v1', kind: 'ConfigMap', metadata } },
    ]);
    expect(told.splice(0)).to.deep.equal([`pi-1 ${configMapKey('x')}`, `pi-2 ${configMapKey('x')}`]);
    reach.stop();
    await store.stop();
  });
});
