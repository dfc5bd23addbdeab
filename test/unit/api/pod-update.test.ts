// What may be changed of a pod that exists, by its owner and by whoever reports its status.

import { expect } from 'chai';
import { strategy } from '../../../shared/api/core/pod.ts';
import type { Pod, PodSpec } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { deepFreeze, mutableCopy } from '../../../shared/machinery/index.ts';

/** When statuses are written. */
const now = '2026-01-01T00:00:00Z';

function stored(spec: Partial<PodSpec>, status: Pod['status'] = {}): Live<Pod> {
  const pod: Pod = { spec: { containers: [{ name: 'c', image: 'nginx:1' }], ...spec } };
  strategy.default?.(pod);
  strategy.prepareForCreate?.(pod);
  const metadata = {
    name: 'p',
    namespace: 'default',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  return deepFreeze({ ...pod, metadata, status: { ...pod.status, ...status } });
}

function faultsOf(old: Live<Pod>, change: (spec: PodSpec) => void): string[] {
  const next = mutableCopy<Pod>(old);
  if (next.spec) change(next.spec);
  return (strategy.validateUpdate?.(next, old) ?? []).map(({ field, text }) => `${field}: ${text}`);
}

describe('an update of a pod', () => {
  it('may change images', () => {
    const old = stored({ initContainers: [{ name: 'i', image: 'a:1' }] });
    const faults = faultsOf(old, (spec) => {
      for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) container.image = 'b:2';
    });
    expect(faults).to.deep.equal([]);
  });

  it('may not add, remove or rename containers', () => {
    const added = faultsOf(stored({}), (spec) => spec.containers.push({ name: 'd', image: 'x' }));
    expect(added).to.deep.equal(['spec.containers: Forbidden: pod updates may not add or remove containers']);
  });

  it('shows each field that it would have changed', () => {
    const [fault = ''] = faultsOf(stored({}), (spec) => {
      spec.hostname = 'h';
      spec.containers[0] = { ...spec.containers[0], name: 'z' };
    });
    const [sentence, ...difference] = fault.split('\n');
    expect(sentence).to.match(/^spec: Forbidden: pod updates may not change fields other than `spec.cont/);
    expect(difference).to.deep.equal([
      '- containers[0].name: "c"',
      '+ containers[0].name: "z"',
      '- hostname: null',
      '+ hostname: "h"',
    ]);
  });

  it('may shorten a deadline, and set one, but not lift it', () => {
    const set = (deadline: number) => (spec: PodSpec) => {
      spec.activeDeadlineSeconds = deadline;
    };
    expect(faultsOf(stored({}), set(5))).to.deep.equal([]);
    expect(faultsOf(stored({ activeDeadlineSeconds: 9 }), set(5))).to.deep.equal([]);
    expect(faultsOf(stored({ activeDeadlineSeconds: 5 }), set(9))).to.deep.equal([
      'spec.activeDeadlineSeconds: Invalid value: 9: must be less than or equal to previous value',
    ]);
    const lifted = faultsOf(stored({ activeDeadlineSeconds: 5 }), (spec) => {
      delete spec.activeDeadlineSeconds;
    });
    expect(lifted[0]).to.contain('must not update from a positive integer to nil value');
  });

  it('may add tolerations and change their seconds, not drop them', () => {
    const old = stored({ tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute' }] });
    const more = faultsOf(old, (spec) => {
      spec.tolerations = [
        { key: 'b', operator: 'Exists' },
        { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 3 },
      ];
    });
    expect(more).to.deep.equal([]);
    const fewer = faultsOf(old, (spec) => {
      delete spec.tolerations;
    });
    expect(fewer).to.deep.equal([
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ]);
  });

  it('has a negative grace period count as a second, also of a pod that was stored with one', () => {
    const created = stored({ terminationGracePeriodSeconds: -1 });
    expect(created.spec?.terminationGracePeriodSeconds).to.equal(1);
    const spec = { containers: [], ...created.spec, terminationGracePeriodSeconds: -1 };
    for (const old of [created, { ...created, spec }]) {
      const next: Pod = { ...mutableCopy<Pod>(old), spec: mutableCopy(spec) };
      strategy.prepareForUpdate?.(next, old);
      expect(next.spec?.terminationGracePeriodSeconds).to.equal(1);
      expect(strategy.validateUpdate?.(next, old)).to.deep.equal([]);
    }
  });

  it('may open scheduling gates, not add any', () => {
    const old = stored({ schedulingGates: [{ name: 'a' }, { name: 'b' }] });
    expect(old.status?.conditions?.[0]).to.include({ type: 'PodScheduled', reason: 'SchedulingGated' });
    const opened = faultsOf(old, (spec) => {
      spec.schedulingGates = [{ name: 'b' }];
    });
    expect(opened).to.deep.equal([]);
    const added = faultsOf(old, (spec) => spec.schedulingGates?.push({ name: 'c' }));
    expect(added).to.deep.equal([
      "spec.schedulingGates[2].name: Forbidden: only deletion is allowed, but found new scheduling gate 'c'",
    ]);
  });

  it('may narrow where a gated pod goes, and only a gated one', () => {
    const narrow = (spec: PodSpec) => {
      spec.nodeSelector = { ...spec.nodeSelector, zone: 'a' };
      spec.affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms('x') } };
    };
    const gates = { schedulingGates: [{ name: 'a' }] };
    expect(faultsOf(stored({ ...gates, nodeSelector: { disk: 'ssd' } }), narrow)).to.deep.equal([]);
    expect(faultsOf(stored({}), narrow)[0]).to.match(/^spec: Forbidden/);
    const widened = faultsOf(stored({ ...gates, nodeSelector: { disk: 'ssd' } }), (spec) => {
      delete spec.nodeSelector;
    });
    expect(widened[0]).to.contain('only additions are allowed (no mutations or deletions)');
  });

  function terms(key: string) {
    return { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'Exists' }] }] };
  }

  it('may not touch the annotation that makes it a mirror pod', () => {
    const old = stored({});
    const next = mutableCopy<Pod>(old);
    next.metadata = { ...next.metadata, annotations: { 'kubernetes.io/config.mirror': 'x' } };
    const faults = strategy.validateUpdate?.(next, old).map(({ text }) => text);
    expect(faults).to.deep.equal(['Forbidden: may not add mirror pod annotation']);
  });
});

describe('a new pod', () => {
  const affinity = (matchExpressions: { key: string; operator: string }[] = []) => ({
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'zone', labelSelector: { matchExpressions }, matchLabelKeys: ['version', 'absent'] },
      ],
    },
  });
  const created = (spec: PodSpec) => {
    const pod: Pod = { metadata: { name: 'p', labels: { version: '2' } }, spec };
    strategy.default?.(pod);
    strategy.prepareForCreate?.(pod);
    return pod;
  };

  it('is Pending, whatever was sent', () => {
    const pod: Pod = { spec: { containers: [] }, status: { phase: 'Running', podIP: '10.0.0.1' } };
    strategy.prepareForCreate?.(pod);
    expect(pod.status).to.deep.equal({ phase: 'Pending', qosClass: 'BestEffort' });
  });

  it('has the values of its own labels in its affinity', () => {
    const pod = created({ containers: [{ name: 'c', image: 'i' }], affinity: affinity() });
    const [term] = pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    expect(term?.labelSelector?.matchExpressions).to.deep.equal([
      { key: 'version', operator: 'In', values: ['2'] },
    ]);
    expect(strategy.validate?.(pod)).to.deep.equal([]);
  });

  it('may not select by such a label itself', () => {
    const wanted = affinity([{ key: 'version', operator: 'Exists' }]);
    const faults = strategy.validate?.(
      created({ containers: [{ name: 'c', image: 'i' }], affinity: wanted }),
    );
    expect(faults?.map(({ text }) => text)).to.deep.equal([
      'Invalid value: "version": exists in both matchLabelKeys and labelSelector',
    ]);
  });
});

describe('a report of a pod’s status', () => {
  function reported(old: Live<Pod>, status: Pod['status']): string[] {
    const next: Pod = { ...mutableCopy<Pod>(old), status: { ...old.status, ...status } };
    strategy.default?.(next);
    strategy.prepareForStatusUpdate?.(next, old, now);
    return (strategy.validateStatusUpdate?.(next, old) ?? []).map(({ field, text }) => `${field}: ${text}`);
  }

  it('leaves the owners as they are', () => {
    const old = stored({});
    const next = mutableCopy<Pod>(old);
    next.metadata = { ...next.metadata, ownerReferences: [] };
    strategy.prepareForStatusUpdate?.(next, old, now);
    expect(next.metadata).to.deep.equal(old.metadata);
  });

  it('may not bring back to life what has ended for good', () => {
    const ended = { name: 'c', image: 'i', imageID: '', ready: false, restartCount: 0 };
    const status = { containerStatuses: [{ ...ended, state: { terminated: { exitCode: 1 } } }] };
    const alive = { containerStatuses: [{ ...ended, state: { running: {} } }] };
    expect(reported(stored({ restartPolicy: 'Never' }, status), alive)).to.deep.equal([
      'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
    ]);
    expect(reported(stored({ restartPolicy: 'OnFailure' }, status), alive)).to.deep.equal([]);
  });

  it('has one address of each family, and the class of service that the pod was made with', () => {
    const addresses = reported(stored({}), {
      podIP: '10.0.0.1',
      podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }],
    });
    expect(addresses).to.have.length(1);
    expect(addresses[0]).to.contain('may specify no more than one IP for each IP family');
    expect(reported(stored({}), { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] })).to.deep.equal([]);
    expect(reported(stored({}), { qosClass: 'Guaranteed' })[0]).to.contain('field is immutable');
  });
});
