// The whole status of a pod: phase, conditions in upstream's order, addresses, container statuses. A pure function.

import {
  type ContainerStatus,
  isConditionOfNode,
  type PodCondition,
  type PodSpec,
  type PodStatus,
  sidecarsOf,
} from '../../../shared/api/index.ts';
import { findCondition, formatTime } from '../../../shared/machinery/index.ts';
import { isTerminating, mainsWereStarted, type ObservedPod } from '../observed-pod.ts';
import { resizeStatus } from '../plan-resize.ts';
import { containerStatus } from './container-status.ts';
import { ephemeralStatus } from './ephemeral-status.ts';
import { podPhase } from './pod-phase.ts';

export interface StatusContext {
  /** The status that was reported before: transition times are carried over from it. */
  previous: PodStatus | undefined;
  /** Milliseconds since the epoch. */
  now: number;
  /** When the kubelet first saw the pod, milliseconds since the epoch. */
  startedAt: number;
  /** The runtime's name: the word before `://`. */
  runtime: string;
  nodeIps: readonly string[];
  /** The pod's own addresses, once it has them. */
  podIps: readonly string[];
}

type Verdict = Pick<PodCondition, 'status' | 'reason' | 'message'>;

/** Also others may set it, e.g. who evicts through the API. */
const disruptionTarget = 'DisruptionTarget';

export function podStatus(observed: ObservedPod, context: StatusContext): PodStatus {
  const { pod, failed } = observed;
  const spec: PodSpec = pod.spec ?? { containers: [] };
  const { runtime, podIps, previous } = context;
  const [hostIP] = context.nodeIps;
  if (failed && observed.containers.length === 0) return rejectedStatus(observed, context, failed);

  const init = (spec.initContainers ?? []).map((one) =>
    containerStatus(observed, one, { isInit: true, runtime, previous }),
  );
  const ephemeral = (spec.ephemeralContainers ?? []).map((one) =>
    ephemeralStatus(observed, one, { runtime, previous }),
  );
  const mains = spec.containers.map((one) =>
    containerStatus(observed, one, { isInit: false, runtime, previous }),
  );
  // Nobody is to put another in its place, or to count on its resources, as long as something of it runs.
  const hasEnded = observed.containers.every(({ state }) => state === 'exited');
  const terminal = hasEnded && (isTerminating(observed) || failed !== undefined);
  const isFailed = failed !== undefined && hasEnded;
  const phase = isFailed ? 'Failed' : podPhase(spec, init, mains, terminal);
  const resize = resizeStatus(observed);
  const conditions = conditionsOf(observed, { ...context, phase, init, mains });
  return {
    phase,
    conditions,
    ...(isFailed && { message: failed.message, reason: failed.reason }),
    ...(hostIP && { hostIP, hostIPs: context.nodeIps.map((ip) => ({ ip })) }),
    ...(podIps[0] && { podIP: podIps[0], podIPs: podIps.map((ip) => ({ ip })) }),
    startTime: formatTime(context.startedAt),
    ...(init.length > 0 && { initContainerStatuses: init }),
    containerStatuses: byName(mains),
    ...(ephemeral.length > 0 && { ephemeralContainerStatuses: byName(ephemeral) }),
    ...(pod.status?.qosClass && { qosClass: pod.status.qosClass }),
    ...(resize && { resize }),
  };
}

/** Refused before anything of it ran: phase and reason, nothing else, as the kubelet's admission answers. */
function rejectedStatus(
  { pod }: ObservedPod,
  context: StatusContext,
  failed: NonNullable<ObservedPod['failed']>,
): PodStatus {
  const scheduled = findCondition(pod.status?.conditions, 'PodScheduled');
  return {
    phase: 'Failed',
    ...(scheduled && { conditions: [scheduled] }),
    message: failed.message,
    reason: failed.reason,
    startTime: formatTime(context.startedAt),
    ...(pod.status?.qosClass && { qosClass: pod.status.qosClass }),
  };
}

interface ConditionContext extends StatusContext {
  phase: string;
  init: readonly ContainerStatus[];
  mains: readonly ContainerStatus[];
}

function conditionsOf(observed: ObservedPod, context: ConditionContext): PodCondition[] {
  const { pod } = observed;
  const previous = context.previous?.conditions ?? pod.status?.conditions ?? [];
  const foreign = (pod.status?.conditions ?? []).filter((one) => !isConditionOfNode(one));
  const { failed } = observed;
  const disruption: Verdict = {
    status: 'True',
    reason: 'TerminationByKubelet',
    ...(failed && {
      message: typeof failed.disruption === 'string' ? failed.disruption : failed.message,
    }),
  };
  const target = failed?.disruption ? [condition(disruptionTarget, disruption, previous, context.now)] : [];
  const others = target.length > 0 ? foreign.filter(({ type }) => type !== disruptionTarget) : foreign;
  const containersReady = containersReadyVerdict(observed, context);
  const over = context.phase === 'Succeeded' || context.phase === 'Failed';
  const surrounded = !observed.lost && (observed.prepared || observed.containers.length > 0);
  const verdicts: [string, Verdict][] = [
    ['PodReadyToStartContainers', { status: surrounded && !over ? 'True' : 'False' }],
    ['Initialized', initializedVerdict(observed, context)],
    ['Ready', readyVerdict(observed, containersReady)],
    ['ContainersReady', containersReady],
    ['PodScheduled', { status: 'True' }],
  ];
  const own = verdicts.map(([type, verdict]) => condition(type, verdict, previous, context.now));
  return [...target, ...others, ...own];
}

function condition(
  type: string,
  verdict: Verdict,
  previous: readonly PodCondition[],
  now: number,
): PodCondition {
  const old = previous.find((one) => one.type === type);
  const since = old?.status === verdict.status ? old.lastTransitionTime : undefined;
  // lastProbeTime is null on the wire; the published types only know it as absent.
  const base = { type, status: verdict.status, lastTransitionTime: since ?? formatTime(now) };
  return {
    ...base,
    ...(verdict.reason && { reason: verdict.reason }),
    ...(verdict.message && { message: verdict.message }),
  };
}

function terminalReason(phase: string): Verdict | undefined {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  return phase === 'Failed' ? { status: 'False', reason: 'PodFailed' } : undefined;
}

function initializedVerdict(observed: ObservedPod, { phase, init }: ConditionContext): Verdict {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  if (mainsWereStarted(observed)) return { status: 'True' };
  const sidecars = sidecarsOf(observed.pod.spec).map(({ name }) => name);
  const incomplete = init.filter((status) =>
    sidecars.includes(status.name) ? !status.started : !status.ready,
  );
  if (incomplete.length === 0) return { status: 'True' };
  const message = `containers with incomplete status: ${listOf(incomplete)}`;
  return { status: 'False', reason: 'ContainersNotInitialized', message };
}

function containersReadyVerdict(observed: ObservedPod, { phase, init, mains }: ConditionContext): Verdict {
  const over = terminalReason(phase);
  if (over) return over;
  const sidecars = sidecarsOf(observed.pod.spec).map(({ name }) => name);
  const counted = [...init.filter(({ name }) => sidecars.includes(name)), ...mains];
  const unready = counted.filter(({ ready }) => !ready);
  if (unready.length === 0) return { status: 'True' };
  return {
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: ${listOf(unready)}`,
  };
}

function readyVerdict({ pod }: ObservedPod, containersReady: Verdict): Verdict {
  if (containersReady.status !== 'True') return containersReady;
  const messages = (pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const found = findCondition(pod.status?.conditions, conditionType);
    const gate = JSON.stringify(conditionType);
    if (!found) return [`corresponding condition of pod readiness gate ${gate} does not exist.`];
    if (found.status === 'True') return [];
    return [`the status of pod readiness gate ${gate} is not "True", but ${found.status}`];
  });
  if (messages.length === 0) return { status: 'True' };
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}

/** In the order in which upstream shows all but init containers. */
function byName(statuses: readonly ContainerStatus[]): ContainerStatus[] {
  return [...statuses].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** As Go prints a list of strings. */
function listOf(statuses: readonly ContainerStatus[]): string {
  return `[${statuses.map(({ name }) => name).join(' ')}]`;
}
