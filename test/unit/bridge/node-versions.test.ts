// What makes a new version of an object for its node, and what does not.

import { expect } from 'chai';
import { NodeVersions } from '../../../hub/bridge/node-versions.ts';
import type { ConfigMap, Pod } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';

const meta = {
  ...{ name: 'web', namespace: 'default', uid: 'u1', resourceVersion: '7' },
  creationTimestamp: '2026-01-01T00:00:00Z',
};
const condition = (type: string, status: string) => ({ type, status });
const pod: Live<Pod> = {
  metadata: meta,
  spec: { nodeName: 'pi', containers: [{ name: 'c', image: 'host' }] },
  status: {
    ...{ phase: 'Pending', qosClass: 'BestEffort' },
    conditions: [condition('PodScheduled', 'True')],
  },
};
const configMap: Live<ConfigMap> = { metadata: meta, data: { a: '1' } };

describe('the version of an object that a node holds', () => {
  const versions = new NodeVersions();
  const podVersion = (more: Partial<Pod>) =>
    versions.of('/core/pods/default/web', { ...pod, ...more, metadata: { ...meta, ...more.metadata } });
  const mapVersion = (more: Partial<ConfigMap>) =>
    versions.of('/core/configmaps/default/web', {
      ...configMap,
      ...more,
      metadata: { ...meta, ...more.metadata },
    });
  const running: Pod['status'] = {
    ...{ phase: 'Running', qosClass: 'BestEffort', podIP: '10.0.0.1', startTime: '2026-01-01T00:00:01Z' },
    conditions: [
      condition('Initialized', 'True'),
      condition('Ready', 'True'),
      condition('PodScheduled', 'True'),
    ],
    containerStatuses: [
      { name: 'c', image: 'host', imageID: '', ready: true, restartCount: 3, state: { running: {} } },
    ],
  };

  const same: [string, Partial<Pod>][] = [
    ['what the node itself says of it', { status: running }],
    ['how the store counts', { metadata: { resourceVersion: '8' } }],
    ['who manages which fields', { metadata: { managedFields: [{ manager: 'kubectl' }] } }],
  ];
  for (const [title, more] of same)
    it(`is the same after ${title}`, () => {
      expect(podVersion(more)).to.equal(podVersion({}));
    });

  const other: [string, Partial<Pod>][] = [
    ['its spec', { spec: { nodeName: 'pi', containers: [{ name: 'c', image: 'other' }] } }],
    ['a label, which a volume may show', { metadata: { labels: { a: 'b' } } }],
    ['its deletion', { metadata: { deletionTimestamp: '2026-01-01T00:00:30Z' } }],
    ['another uid', { metadata: { uid: 'u2' } }],
    [
      "somebody's condition, e.g. a readiness gate",
      { status: { ...running, conditions: [condition('example.com/gate', 'True')] } },
    ],
    ['that it failed, whoever says so', { status: { ...running, phase: 'Failed', reason: 'Evicted' } }],
  ];
  for (const [title, more] of other)
    it(`is another after ${title}`, () => {
      expect(podVersion(more)).not.to.equal(podVersion({}));
    });

  it('of anything but a pod is all of it but how the store counts', () => {
    expect(mapVersion({ metadata: { resourceVersion: '9' } })).to.equal(mapVersion({}));
    expect(mapVersion({ data: { a: '2' } })).not.to.equal(mapVersion({}));
  });
});
