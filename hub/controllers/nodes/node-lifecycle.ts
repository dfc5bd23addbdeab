// Watches over nodes. One that has not renewed its lease for the grace period is unknown: its conditions say so, its pods
// are not ready, and taints keep new pods off and, after their tolerations, move pods elsewhere. Where nobody is heard
// from, it is the hub that is cut off: then no node loses its pods. Time is the hub's: what counts is when it heard
// something; and after its own start every node has a whole grace period to come back.

import { leases, type Node, nodes, type Pod, pods } from '../../../shared/api/index.ts';
import {
  addressOf,
  type Controller,
  each,
  type Informer,
  keyOf,
  mapped,
  type Outcome,
} from '../../../shared/client/index.ts';
import { deepEqual, findCondition, formatTime, type Live } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { isReady } from '../pod-facts.ts';
import {
  type Disruption,
  disruptionOf,
  isGivenUp,
  plannedTaints,
  readyStatus,
  sameTaints,
  silentConditions,
} from './plan-node-health.ts';

const leaseNamespace = 'kube-node-lease';
/** While few nodes are silent, one in so many milliseconds may be given up (upstream: 0.1 a second). */
const giveUpEvery = 10_000;
const byNode = 'node';

export function indexByNode(informer: Informer<Pod>): void {
  informer.addIndex(byNode, ({ spec }) => [spec?.nodeName ?? '']);
}

export function podsOn(informer: Informer<Pod>, node: string): Live<Pod>[] {
  return informer.byIndex(byNode, node);
}

export function nodeLifecycleController(context: ControllerContext): Controller {
  const { client, clock, options } = context;
  const recorder = context.recorder.from('node-controller');
  const nodeInformer = context.informers.of(nodes);
  const podInformer = context.informers.of(pods);
  const leaseInformer = context.informers.of(leases);
  /** Node → when it was last heard, on the monotonic clock. */
  const heard = new Map<string, number>();
  /** Nodes that have just said of themselves that they aren't ready. */
  const fallen = new Set<string>();
  let disruption: Disruption = 'none';
  let nextGiveUp = 0;
  indexByNode(podInformer);

  return {
    name: 'node-lifecycle',
    workers: 4,
    sources: [
      each(nodeInformer),
      // Renewals only set the time; the timer of the node's key looks at it when it is due.
      mapped(leaseInformer, ({ type, object, previous }) => {
        const { name, namespace } = object.metadata;
        const isRenewal = type !== 'DELETED' && object.spec?.renewTime !== previous?.spec?.renewTime;
        if (namespace === leaseNamespace && isRenewal) heard.set(name, clock.monotonic());
        return [];
      }),
      mapped(nodeInformer, ({ type, object, previous }) => {
        if (type === 'DELETED') forget(object.metadata.name);
        else if (isHeartbeat(object, previous)) heard.set(object.metadata.name, clock.monotonic());
        const before = previous && readyStatus(previous);
        if (before === 'True' && readyStatus(object) === 'False') fallen.add(object.metadata.name);
        const isSame = type !== 'DELETED' && readyStatus(object) === before;
        return !isSame && nodeInformer.hasSynced && noteDisruption() ? nodeInformer.list().map(keyOf) : [];
      }),
    ],
    reads: [podInformer],
    start: () => void noteDisruption(),
    reconcile,
  };

  async function reconcile(name: string): Promise<Outcome> {
    let node = nodeInformer.get(name);
    if (!node) return;
    const left = leftFor(name);
    if (left <= 0) node = await markSilent(node);
    if (readyStatus(node) === 'Unknown' || fallen.has(name)) await markPods(node);
    if (fallen.delete(name)) sayNotReady(node);
    const wait = await taint(node, left <= 0);
    return {
      requeueAfter: Math.min(left > 0 ? left : options.nodeGracePeriod, wait ?? Number.POSITIVE_INFINITY),
    };
  }

  function forget(name: string): void {
    heard.delete(name);
    fallen.delete(name);
  }

  /** Milliseconds of the grace period that are left. */
  function leftFor(name: string): number {
    const now = clock.monotonic();
    const since = heard.get(name) ?? now;
    heard.set(name, since);
    return since + options.nodeGracePeriod - now;
  }

  async function markSilent(node: Live<Node>): Promise<Live<Node>> {
    const known = node.status?.conditions ?? [];
    const conditions = silentConditions(known, node.metadata.creationTimestamp, clock.now());
    if (deepEqual(known, conditions)) return node;
    const next = { ...node, status: { ...node.status, conditions } };
    const written = nodeInformer.learn(await client.update(nodes, next, { subresource: 'status' }));
    if (readyStatus(node) === 'True') sayNotReady(node);
    return written;
  }

  function sayNotReady(node: Live<Node>): void {
    recorder.event(node, 'Normal', 'NodeNotReady', `Node ${node.metadata.name} status is now: NodeNotReady`);
  }

  /** A pod on a node that is out of reach, or says that it isn't well, must not be sent traffic. */
  async function markPods(node: Live<Node>): Promise<void> {
    const ready = podsOn(podInformer, node.metadata.name).filter(isReady);
    await Promise.all(ready.map(markPod));
  }

  async function markPod(pod: Live<Pod>): Promise<void> {
    const condition = { type: 'Ready', status: 'False', lastTransitionTime: formatTime(clock.now()) };
    const patch = { metadata: { uid: pod.metadata.uid }, status: { conditions: [condition] } };
    const type = 'application/strategic-merge-patch+json';
    recorder.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    const answer = await orNothing(
      client.patch(pods, addressOf(pod), type, patch, { subresource: 'status' }),
    );
    if (answer) podInformer.learn(answer);
  }

  /** Answers after how long to try again, where the node had to wait for its turn to be given up. */
  async function taint(node: Live<Node>, isOverdue: boolean): Promise<number | undefined> {
    const mustKeepPods = disruption === 'full';
    const now = clock.monotonic();
    const status = readyStatus(node);
    const isHopeless = status === 'Unknown' ? isOverdue : status === 'False';
    const isNew = isHopeless && !isGivenUp(node);
    const isTurn = now >= nextGiveUp;
    const mayEvict = isNew && disruption === 'none' && isTurn;
    const taints = plannedTaints(node, { mayEvict, mustKeepPods, now: clock.now() });
    if (mayEvict) nextGiveUp = now + giveUpEvery;
    if (!sameTaints(node.spec?.taints ?? [], taints)) {
      nodeInformer.learn(await client.update(nodes, { ...node, spec: { ...node.spec, taints } }));
    }
    return isNew && disruption === 'none' && !isTurn ? nextGiveUp - now : undefined;
  }

  /** True when the cluster's state has changed, so that all nodes have to be looked at. */
  function noteDisruption(): boolean {
    const next = disruptionOf(nodeInformer.list());
    if (next === disruption) return false;
    context.log.info({ from: disruption, to: next }, 'disruption of the cluster');
    // Whoever comes back first must not make the others look lost: all get their whole time again.
    if (disruption === 'full') for (const name of heard.keys()) heard.set(name, clock.monotonic());
    disruption = next;
    return true;
  }
}

/** The node itself has written its Ready condition (its heartbeat, or its status, has changed and isn't our Unknown). */
function isHeartbeat(node: Live<Node>, previous: Live<Node> | undefined): boolean {
  const [now, before] = [node, previous].map((each) => findCondition(each?.status?.conditions, 'Ready'));
  if (!now || now.status === 'Unknown') return false;
  return now.lastHeartbeatTime !== before?.lastHeartbeatTime || now.status !== before?.status;
}
