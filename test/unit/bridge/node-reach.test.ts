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
}

const nodeNames = ['pi-1', 'pi-2'];
const podNames = ['a', 'b', 'c'];
const configMapNames = ['x', 'y', 'z'];
const podKey = (name: string) => `/core/pods/default/${name}`;
const configMapKey = (name: string) => `/core/configmaps/default/${name}`;

function podOf(name: string, { node, configMaps }: Placed): KubeObject & { spec: object } {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      ...(node && { nodeName: node }),
      containers: [
        { name: 'c', envFrom: configMaps.map((configMap) => ({ configMapRef: { name: configMap } })) },
      ],
    },
  };
}

/** The truth, the slow way. */
function reachOf(node: string, placed: ReadonlyMap<string, Placed>): string[] {
  const keys = [...placed]
    .filter(([, pod]) => pod.node === node)
    .flatMap(([name, { configMaps }]) => [podKey(name), ...configMaps.map(configMapKey)]);
  return [...new Set(keys)].sort();
}

describe('node reach', () => {
  const step = fc.record({
    pod: fc.constantFrom(...podNames),
    to: fc.option(
      fc.record({
        node: fc.option(fc.constantFrom(...nodeNames), { nil: undefined }),
        configMaps: fc.uniqueArray(fc.constantFrom(...configMapNames)),
      }),
      { nil: undefined },
    ),
  });

  it('is what the pods name, and whoever listens knows it too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.nat({ max: 12 }), async (steps, startAt) => {
        const store = new MemoryStore({ clock: systemClock });
        await store.start();
        const reach = new NodeReach({ store });
        const listening = new Map(nodeNames.map((node) => [node, new Set<string>()]));
        const placed = new Map<string, Placed>();
        for (const [index, { pod, to }] of steps.entries()) {
          if (index === startAt) await start();
          if (to) await store.commit([{ key: podKey(pod), object: podOf(pod, to) }]);
          else if (placed.has(pod)) await store.commit([{ key: podKey(pod) }]);
          if (to) placed.set(pod, to);
          else placed.delete(pod);
        }
        if (steps.length <= startAt) await start();
        for (const node of nodeNames) {
          const truth = reachOf(node, placed);
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
