// The status of pods: what was recorded from Kubernetes, container for container and condition for condition.
// Where v1.32 is known to differ from the recording (v1.21), v1.32 is expected: see `asNewer`.

import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import type { ObservedContainer, ObservedPod, Setback } from '../../../edge-agent/kubelet/observed-pod.ts';
import { definitionHash } from '../../../edge-agent/kubelet/plan-pod.ts';
import { podStatus, type StatusContext } from '../../../edge-agent/kubelet/status/pod-status.ts';
import type { Container, ContainerStatus, Pod, PodCondition, PodStatus } from '../../../shared/api/index.ts';
import { podOf } from '../../support/memory-desired-state.ts';
import { container, deleted, exited, observed, running } from '../../support/observed-pod.ts';

interface RecordedState {
  t: number;
  line: string;
  metadata?: { deletionTimestamp?: string; deletionGracePeriodSeconds?: number };
  status?: PodStatus;
}

interface Template {
  spec: NonNullable<Pod['spec']>;
}

interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: Pod['spec'] & { template?: Template; jobTemplate?: { spec: { template: Template } } };
}

interface Scenario {
  manifest: string;
  pods: Record<string, RecordedState[]>;
  commands?: { t: number; cmd: string }[];
}

const folders = ['pods', 'stories'].map((name) => new URL(`../../fixtures/${name}/`, import.meta.url));
const stories = folders.flatMap((folder) => readdirSync(folder).map((file) => new URL(file, folder)));
const begin = Date.parse('2026-01-01T00:00:00Z');
const ownWaiting = ['ContainerCreating', 'PodInitializing', 'RunContainerError'];
const ownTypes = ['Initialized', 'Ready', 'ContainersReady'];

/** `TIME+3` becomes an instant. */
function withTimes(text: string): string {
  return text.replace(/TIME([+-]\d+)/g, (_, seconds) =>
    new Date(begin + Number(seconds) * 1000).toISOString().replace('.000', ''),
  );
}

const milliseconds = (time: string | undefined) => Date.parse(time ?? '1970-01-01T00:00:00Z');

function ended(
  status: ContainerStatus,
  terminated: NonNullable<NonNullable<ContainerStatus['state']>['terminated']>,
  attempt: number,
) {
  const { exitCode, reason = '', message, startedAt, finishedAt, containerID = '' } = terminated;
  return {
    ...identity(status, attempt, containerID),
    state: 'exited' as const,
    ...{ exitCode, reason, ...(message && { message }) },
    startedAt: milliseconds(startedAt),
    finishedAt: milliseconds(finishedAt),
    ...{ exitedForMs: 0, started: false, ready: false },
  };
}

function identity({ name, image, imageID }: ContainerStatus, attempt: number, containerID: string) {
  const base = { podUid: 'u', podNamespace: 'n', podName: 'p', name, attempt, image, imageId: imageID };
  return { ...base, id: containerID.replace('containerd://', ''), specHash: definitionHash({ name, image }) };
}

/** What must have been on the board for this status. */
function containersOf(status: ContainerStatus): ObservedContainer[] {
  const { state, lastState, restartCount, ready, started = true, containerID = '' } = status;
  const last = lastState?.terminated;
  const newest: ObservedContainer[] = [];
  if (state?.running) {
    const startedAt = milliseconds(state.running.startedAt);
    newest.push({
      ...identity(status, restartCount, containerID),
      state: 'running',
      startedAt,
      started,
      ready,
    });
  }
  if (state?.terminated) newest.push(ended(status, state.terminated, restartCount));
  if (!last) return newest;
  return [...newest, ended(status, last, state?.waiting ? restartCount : restartCount - 1)];
}

function setbacksOf(statuses: readonly ContainerStatus[]): Map<string, Setback> {
  const waiting = statuses.flatMap(({ name, state }) =>
    state?.waiting && !ownWaiting.includes(state.waiting.reason ?? '')
      ? [[name, state.waiting] as const]
      : [],
  );
  return new Map(
    waiting.map(([name, { reason = '', message = '' }]) => [name, { reason, message, retryInMs: 1000 }]),
  );
}

/** What v1.32 says where v1.21 said otherwise. */
function asNewer(status: PodStatus): PodStatus {
  const over = status.phase === 'Failed';
  const conditions = (status.conditions ?? []).map(({ type, status: value, reason, message }) => {
    if (over && (type === 'Ready' || type === 'ContainersReady'))
      return { type, status: value, reason: 'PodFailed' };
    return { type, status: value, ...(reason && { reason }), ...(message && { message }) };
  });
  return { ...status, conditions };
}

/** A readiness gate that the kubelet has not answered yet, or a node that is silent: others have written this. */
function writtenByOthers({ conditions = [] }: PodStatus): boolean {
  const of = (wanted: string) => conditions.find(({ type }) => type === wanted);
  const silent = of('Ready')?.status === 'False' && of('ContainersReady')?.status === 'True';
  const gates = of('Ready')?.reason === 'ReadinessGatesNotReady';
  return (
    (silent && !gates) ||
    conditions.some(({ type }) => of('Ready')?.message?.includes(`"${type}" does not exist`))
  );
}

/** v1.21 forgot at the deletion what it had seen. */
function wasForgotten({ containerStatuses = [] }: PodStatus): boolean {
  return containerStatuses.some(
    ({ lastState }) => lastState?.terminated?.reason === 'ContainerStatusUnknown',
  );
}

/** Of the pod itself, of a static pod, or of whatever makes pods from a template. */
function specOf(manifests: readonly Manifest[], name: string): Pod['spec'] {
  const own = manifests.find(
    (one) => one?.kind === 'Pod' && [name, name.replace(/-node1$/, '')].includes(one.metadata.name),
  );
  if (own) return own.spec;
  const maker = manifests.find(
    (one) => one?.kind !== 'Pod' && name.startsWith(`${one?.metadata.name}-`),
  )?.spec;
  return (maker?.template ?? maker?.jobTemplate?.spec.template)?.spec;
}

const isPod = (manifests: readonly Manifest[], name: string) =>
  manifests.some((one) => one?.kind === 'Pod' && name.startsWith(one.metadata.name));

/** Templates change from one rollout to the next: the first that is said of a pod names its images. */
function withImages(spec: NonNullable<Pod['spec']>, states: readonly RecordedState[]) {
  const first = states.find(({ status }) => status?.containerStatuses)?.status?.containerStatuses ?? [];
  const image = (name: string) =>
    first.find((status) => status.name === name && status.imageID === '')?.image;
  const containers = spec.containers.map((one) => ({ ...one, image: image(one.name) ?? one.image ?? '' }));
  return { ...spec, containers };
}

/** The spec as it was by then: stories patch images. */
function specAt(
  spec: NonNullable<Pod['spec']>,
  commands: Scenario['commands'] = [],
  name: string,
  t: number,
) {
  const patches = commands.filter(
    ({ t: at, cmd }) => at < t && cmd.startsWith(`kubectl patch pod ${name} -p {"spec"`),
  );
  const containers = patches.flatMap(({ cmd }) => {
    const patch: Pod = JSON.parse(cmd.slice(cmd.indexOf('{')));
    return patch.spec?.containers ?? [];
  });
  const changed = (old: Container) => ({ ...old, ...containers.findLast((one) => one.name === old.name) });
  return { ...spec, containers: spec.containers.map(changed) };
}

const wordsOf = (conditions: readonly PodCondition[] = []) =>
  conditions
    .filter(({ type }) => type !== 'PodReadyToStartContainers')
    .map(({ type, status, reason, message }) => ({
      type,
      status,
      ...(reason && { reason }),
      ...(message && { message }),
    }));

/** Newer versions say `started` of init containers too, and `volumeMounts` (1.31). */
const withoutNewer = (statuses: readonly ContainerStatus[] = []) =>
  statuses.map(({ started: _, volumeMounts: __, ...rest }) => rest);

describe('the status of a pod, as recorded', () => {
  for (const file of stories) {
    const { manifest, pods, commands }: Scenario = parse(withTimes(readFileSync(file, 'utf8')));
    const manifests: Manifest[] = parseAllDocuments(manifest).map((document) => document.toJS());
    describe(basename(file.pathname, '.yaml'), () => {
      for (const [name, states] of Object.entries(pods)) {
        const found = specOf(manifests, name.replace(/ .*/, ''));
        if (!found) continue;
        const spec = isPod(manifests, name) ? found : withImages(found, states);
        let isDeleted = false;
        let foreign: PodCondition[] = [];
        for (const { t, line, metadata, status } of states) {
          isDeleted ||= metadata?.deletionTimestamp !== undefined;
          if (!status?.containerStatuses || writtenByOthers(status) || wasForgotten(status)) continue;
          foreign = (status.conditions ?? []).filter(({ type }) => !ownTypes.includes(type));
          const shownForeign = foreign;
          const gone = isDeleted;
          it(`${name} at ${t} s: ${line}`, () =>
            check(specAt(spec, commands, name, t), status, shownForeign, gone));
        }
      }
    });
  }

  function check(
    spec: NonNullable<Pod['spec']>,
    status: PodStatus,
    foreign: PodCondition[],
    isDeleted: boolean,
  ): void {
    const {
      containerStatuses = [],
      initContainerStatuses = [],
      podIPs = [],
      hostIP = '',
      startTime,
    } = status;
    const all = [...containerStatuses, ...initContainerStatuses];
    const pod = podOf(spec);
    const base: ObservedPod = {
      ...observed(spec, all.flatMap(containersOf)),
      pod: { ...pod, status: { ...pod.status, conditions: foreign } },
      prepared: podIPs.length > 0,
      setbacks: setbacksOf(all),
      ...(status.reason && { failed: { reason: status.reason, message: status.message ?? '' } }),
    };
    const context: StatusContext = {
      previous: undefined,
      now: begin,
      startedAt: milliseconds(startTime),
      runtime: 'containerd',
      nodeIps: [hostIP],
      podIps: podIPs.flatMap(({ ip }) => (ip ? [ip] : [])),
    };
    const ours = podStatus(isDeleted ? deleted(base) : base, context);
    expect(withoutNewer(ours.containerStatuses)).to.deep.equal(withoutNewer(containerStatuses));
    expect(withoutNewer(ours.initContainerStatuses)).to.deep.equal(withoutNewer(initContainerStatuses));
    expect(ours.startTime).to.equal(startTime);
    expect(ours.podIPs ?? []).to.deep.equal(podIPs);
    // A deleted pod comes to an end in newer versions; after a deadline v1.21 dropped all conditions.
    if (isDeleted) {
      expect(ours.phase).to.be.oneOf(['Pending', 'Running', 'Succeeded', 'Failed']);
      return;
    }
    // v1.21 said so before the containers had ended.
    const isEnding = status.reason !== undefined && all.some(({ state }) => state?.running);
    expect(ours.phase).to.equal(isEnding ? 'Running' : status.phase);
    if (status.conditions)
      expect(wordsOf(ours.conditions)).to.deep.equal(wordsOf(asNewer(status).conditions));
  }
});

describe('the status of a pod', () => {
  const context: StatusContext = {
    previous: undefined,
    now: begin,
    startedAt: begin,
    runtime: 'process',
    nodeIps: ['10.0.0.1', 'fd00::1'],
    podIps: ['10.0.0.1'],
  };
  const one = { containers: [container('c')] };
  const statusOf = (pod: ObservedPod, more: Partial<StatusContext> = {}) =>
    podStatus(pod, { ...context, ...more });
  const conditionOf = (status: PodStatus, type: string) =>
    status.conditions?.find((found) => found.type === type);

  describe('of a deleted pod comes to an end', () => {
    const ends = [
      [[exited('c', 0)], 'Succeeded'],
      [[exited('c', 137)], 'Failed'],
      [[exited('c', 143)], 'Failed'],
      [[running('c')], 'Running'],
      [[], 'Failed'],
    ] as const;
    for (const [containers, phase] of ends) {
      it(`${containers.map((found) => (found.state === 'exited' ? `exit code ${found.exitCode}` : found.state)).join() || 'never started'}: ${phase}`, () => {
        expect(statusOf(deleted(observed(one, [...containers]))).phase).to.equal(phase);
      });
    }
  });

  it('shares 12 KiB of last words among the containers of a pod', () => {
    const wordsOf = (count: number) => {
      const names = Array.from({ length: count }, (_, index) => `c${index}`);
      const ended = names.map((name) => ({ ...exited(name, 1), message: 'w'.repeat(4096) }));
      const status = statusOf(
        observed({ restartPolicy: 'Never', containers: names.map((name) => container(name)) }, ended),
      );
      return status.containerStatuses?.map(({ state }) => state?.terminated?.message?.length);
    };
    expect(wordsOf(3)).to.deep.equal([4096, 4096, 4096]);
    expect(wordsOf(6)).to.deep.equal(Array(6).fill(2048));
  });

  it('has the conditions in the order of upstream', () => {
    const types = statusOf(observed(one)).conditions?.map(({ type }) => type);
    expect(types).to.deep.equal([
      'PodReadyToStartContainers',
      'Initialized',
      'Ready',
      'ContainersReady',
      'PodScheduled',
    ]);
  });

  it('names all addresses of the node', () => {
    expect(statusOf(observed(one))).to.deep.include({
      hostIP: '10.0.0.1',
      hostIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
    });
  });

  it('says of each container where its volumes are', () => {
    const volumeMounts = [
      { name: 'a', mountPath: '/a', subPath: 'x' },
      { name: 'b', mountPath: '/b', readOnly: true, recursiveReadOnly: 'IfPossible' },
    ];
    const spec = { containers: [container('c', { volumeMounts }), container('d')] };
    const [first, second] = statusOf(observed(spec)).containerStatuses ?? [];
    expect(first?.volumeMounts).to.deep.equal([
      { name: 'a', mountPath: '/a' },
      { name: 'b', mountPath: '/b', readOnly: true, recursiveReadOnly: 'Disabled' },
    ]);
    expect(second).not.to.have.property('volumeMounts');
  });

  it('keeps a transition time as long as the status stays', () => {
    const first = statusOf(observed(one, [running('c')]));
    const later = { previous: first, now: begin + 60_000 };
    expect(statusOf(observed(one, [running('c')]), later)).to.deep.equal(first);
    const unready = statusOf(observed(one, [running('c', 0, { ready: false })]), later);
    expect(conditionOf(unready, 'Ready')?.lastTransitionTime).to.equal('2026-01-01T00:01:00Z');
    expect(conditionOf(unready, 'Initialized')?.lastTransitionTime).to.equal('2026-01-01T00:00:00Z');
  });

  it('of a rejected pod is only that', () => {
    const failed = { reason: 'OutOfcpu', message: 'Pod was rejected: …' };
    const status = statusOf(observed(one, [], { failed, prepared: false }));
    expect(status).to.include({ phase: 'Failed', reason: 'OutOfcpu' });
    expect(status).not.to.have.property('containerStatuses');
  });

  it('counts a sidecar among what must be ready', () => {
    const spec = {
      initContainers: [container('s', { restartPolicy: 'Always' })],
      containers: [container('c')],
    };
    const status = statusOf(observed(spec, [running('s', 0, { ready: false }), running('c')]));
    expect(conditionOf(status, 'Ready')).to.include({
      status: 'False',
      message: 'containers with unready status: [s]',
    });
    expect(conditionOf(status, 'Initialized')).to.include({ status: 'True' });
  });

  it('is initialized by a sidecar that has started', () => {
    const spec = {
      initContainers: [container('s', { restartPolicy: 'Always' })],
      containers: [container('c')],
    };
    const starting = statusOf(observed(spec, [running('s', 0, { started: false })]));
    expect(conditionOf(starting, 'Initialized')).to.include({
      message: 'containers with incomplete status: [s]',
    });
    const started = statusOf(observed(spec, [running('s')]));
    expect(conditionOf(started, 'Initialized')).to.include({ status: 'True' });
  });

  it('says why its class of runtime is not there, for every container', () => {
    const setbacks = new Map([
      ['', { reason: 'FailedCreatePodSandBox', message: 'no podman', retryInMs: 1 }],
    ]);
    const status = statusOf(observed(one, [], { setbacks, prepared: false }));
    expect(status.containerStatuses?.[0]?.state).to.deep.equal({
      waiting: { reason: 'FailedCreatePodSandBox', message: 'no podman' },
    });
  });

  describe('whose resources change', () => {
    const spec = {
      containers: [container('c', { resources: { requests: { cpu: '2' }, limits: { cpu: '3' } } })],
    };
    const given = { requests: { cpu: '1' }, limits: { cpu: '3' } };
    const facts = (free: number) => ({
      resources: new Map([['c', given]]),
      room: { whole: { cpuMillis: 4000, memoryBytes: 0 }, free: { cpuMillis: free, memoryBytes: 0 } },
    });

    it('says what it was given, and how far the change is', () => {
      const status = statusOf(observed(spec, [running('c')], facts(4000)));
      expect(status.containerStatuses?.[0]).to.deep.include({
        allocatedResources: { cpu: '1' },
        resources: given,
      });
      expect(status.resize).to.equal('InProgress');
      expect(statusOf(observed(spec, [running('c')], facts(1000))).resize).to.equal('Deferred');
      const asked = { containers: [container('c', { resources: { requests: { cpu: '5' } } })] };
      expect(statusOf(observed(asked, [running('c')], facts(4000))).resize).to.equal('Infeasible');
      const same = { containers: [container('c', { resources: given })] };
      expect(statusOf(observed(same, [running('c')], facts(4000)))).not.to.have.property('resize');
    });
  });

  it('that the node ended for the sake of others says so', () => {
    const failed = {
      reason: 'Terminated',
      message: 'Pod was terminated in response to imminent node shutdown.',
      disruption: true,
    };
    const status = statusOf(observed(one, [exited('c', 0)], { failed }));
    expect(status).to.include({ phase: 'Failed', reason: 'Terminated', message: failed.message });
    expect(conditionOf(status, 'DisruptionTarget')).to.include({
      status: 'True',
      reason: 'TerminationByKubelet',
      message: failed.message,
    });
  });

  describe('of which this board has lost a container', () => {
    const reported = (containerID?: string) => ({
      phase: 'Running',
      containerStatuses: [
        {
          name: 'c',
          image: 'host',
          imageID: '',
          ready: true,
          restartCount: 2,
          ...(containerID && { containerID, state: { running: {} } }),
        },
      ],
    });
    const unknown = {
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message:
        'The container could not be located when the pod was deleted.  The container used to be Running',
    };

    it('counts its end, which nobody saw', () => {
      const status = statusOf(observed(one), { previous: reported('process://gone') });
      expect(status.phase).to.equal('Running');
      expect(status.containerStatuses?.[0]).to.deep.include({
        restartCount: 3,
        lastState: { terminated: unknown },
      });
      const again = statusOf(observed(one), { previous: status });
      expect(again).to.deep.equal(status);
      const restarted = statusOf(observed(one, [running('c', 3)]), { previous: again });
      expect(restarted.containerStatuses?.[0]).to.deep.include({
        restartCount: 3,
        lastState: { terminated: unknown },
      });
    });

    it('has ended where the pod has', () => {
      const status = statusOf(deleted(observed(one)), { previous: reported('process://gone') });
      const message = 'The container could not be located when the pod was terminated';
      expect(status.containerStatuses?.[0]?.state).to.deep.equal({ terminated: { ...unknown, message } });
      expect(status.phase).to.equal('Failed');
    });
  });

  it('that may not run any longer fails when its last container has ended', () => {
    const failed = {
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    };
    const ending = statusOf(observed(one, [running('c')], { failed }));
    expect(ending.phase).to.equal('Running');
    expect(ending).not.to.have.property('reason');
    expect(statusOf(observed(one, [exited('c', 143)], { failed }))).to.include({
      phase: 'Failed',
      ...failed,
    });
  });

  it('that is to end while it is initialized is Pending until its init container has ended', () => {
    const spec = { ...one, initContainers: [container('i')] };
    const failed = { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than …' };
    for (const ending of [
      observed(spec, [running('i')], { failed }),
      deleted(observed(spec, [running('i')])),
    ]) {
      expect(statusOf(ending).phase).to.equal('Pending');
      expect(statusOf({ ...ending, containers: [exited('i', 137)] }).phase).to.equal('Failed');
    }
  });
});
