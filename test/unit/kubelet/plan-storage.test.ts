// What a pod is evicted for when it writes more than it may, in the kubelet's words.

import { expect } from 'chai';
import {
  limitsStorage,
  measuredVolumes,
  type StorageUse,
  storageFault,
} from '../../../edge-agent/kubelet/volumes/plan-storage.ts';
import { podOf } from '../../support/memory-desired-state.ts';
import { container } from '../../support/observed-pod.ts';

const mebi = 2 ** 20;
const limited = (name: string, limit: string, more: object = {}) =>
  container(name, { resources: { limits: { 'ephemeral-storage': limit } }, ...more });
const use = (containers: Record<string, number>, volumes: Record<string, number> = {}): StorageUse => ({
  containers: new Map(Object.entries(containers)),
  volumes: new Map(Object.entries(volumes)),
});

describe('what a pod has written', () => {
  const both = podOf({
    containers: [limited('a', '2Mi'), limited('b', '1Mi')],
    volumes: [
      { name: 'disk', emptyDir: {} },
      { name: 'memory', emptyDir: { medium: 'Memory' } },
      { name: 'shown', configMap: { name: 'c' } },
    ],
  });

  it('is no fault within its limits, each to the byte', () => {
    expect(storageFault(both, use({ a: 2 * mebi, b: mebi }))).to.equal(undefined);
    expect(storageFault(both, use({ a: mebi, b: mebi }, { disk: mebi, memory: 100 * mebi }))).to.equal(
      undefined,
    );
  });

  it('is a fault of the container', () => {
    expect(storageFault(both, use({ a: 0, b: mebi + 1 }))).to.equal(
      'Container b exceeded its local ephemeral storage limit "1Mi". ',
    );
  });

  it('is a fault of the pod: its containers, emptyDirs on disk and configMaps together', () => {
    const shown = use({ a: mebi, b: mebi }, { disk: mebi, shown: 1 });
    expect(storageFault(both, shown)).to.match(/^Pod ephemeral/);
    expect(storageFault(both, use({ a: mebi, b: mebi }, { disk: mebi + 1 }))).to.equal(
      'Pod ephemeral local storage usage exceeds the total limit of containers 3Mi. ',
    );
    expect(storageFault(both, use({ a: 4 * mebi }))).to.match(/^Pod ephemeral/);
  });

  it('of an emptyDir is said first', () => {
    const pod = podOf({
      containers: [limited('a', '1Mi')],
      volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Mi' } }],
    });
    expect(storageFault(pod, use({ a: 9 * mebi }, { v: 2 * mebi }))).to.equal(
      'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ',
    );
  });

  it('counts sidecars with the containers, and the greatest of the other init containers where that is more', () => {
    const pod = (init: string) =>
      podOf({
        initContainers: [limited('side', '1Mi', { restartPolicy: 'Always' }), limited('init', init)],
        containers: [limited('a', '1Mi'), container('free')],
      });
    expect(storageFault(pod('1Mi'), use({ free: 2 * mebi }))).to.equal(undefined);
    expect(storageFault(pod('1Mi'), use({ free: 2 * mebi + 1 }))).to.contain('containers 2Mi. ');
    expect(storageFault(pod('5Mi'), use({ free: 5 * mebi + 1 }))).to.contain('containers 5Mi. ');
  });

  it('is not looked at where nothing has a limit', () => {
    const free = podOf({ containers: [container('a')], volumes: [{ name: 'v', emptyDir: {} }] });
    expect(limitsStorage(free)).to.equal(false);
    expect(measuredVolumes(free)).to.deep.equal([]);
    expect(storageFault(free, use({ a: 99 * mebi }, { v: 99 * mebi }))).to.equal(undefined);
    expect(measuredVolumes(both).map(({ name }) => name)).to.deep.equal(['disk', 'shown']);
  });
});
