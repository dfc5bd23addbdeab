// Keeps one pod of a DaemonSet on every node that it means, from the moment that there is the node. Each pod is made for
// its node, and the scheduler binds it there. A changed template is rolled out within maxUnavailable or maxSurge (or as
// pods are deleted: OnDelete); former templates are kept as ControllerRevisions to go back to.

import { type DaemonSet, daemonsets, type Node, nodes, type Pod, pods } from '../../../shared/api/index.ts';
import {
  type Change,
  type Controller,
  each,
  keyOf,
  mapped,
  type Outcome,
  ownersOf,
} from '../../../shared/client/index.ts';
import { deepEqual, type Live, selectorFrom } from '../../../shared/machinery/index.ts';
import type { ControllerContext } from '../context.ts';
import { claim } from '../pods/claim.ts';
import { ControlledPods } from '../pods/controlled-pods.ts';
import { allDone, slowStart } from '../pods/slow-start.ts';
import { writeStatus } from '../write-status.ts';
import { FailureBackoff } from './failure-backoff.ts';
import { podOnNode } from './plan-daemon-pod.ts';
import { type DaemonPlan, type DaemonWorld, planDaemonRollout, planDaemons } from './plan-daemon-set.ts';
import { daemonSetStatus } from './plan-daemon-status.ts';
import { untilNextAvailable } from './plan-replica-set.ts';
import { revisionLabel, revisionsToForget } from './plan-revisions.ts';
import { type CurrentRevision, RevisionHistory } from './revision-history.ts';

/** No more pods are created or deleted in one go. */
const burst = 250;

export function daemonSetController(context: ControllerContext): Controller {
  const { client, clock } = context;
  const recorder = context.recorder.from('daemonset-controller');
  const informer = context.informers.of(daemonsets);
  const nodeInformer = context.informers.of(nodes);
  const podInformer = context.informers.of(pods);
  const controlled = new ControlledPods(context, recorder);
  const history = new RevisionHistory(context, daemonsets, revisionLabel);
  const failures = new FailureBackoff(clock);

  return {
    name: 'daemonset',
    workers: 2,
    sources: [
      each(informer),
      ownersOf(history.informer, daemonsets.group, daemonsets.kind),
      ...controlled.sources(informer, daemonsets, selectorOf),
      mapped(nodeInformer, (change) => (concernsDaemons(change) ? informer.list().map(keyOf) : [])),
    ],
    reconcile,
  };

  async function reconcile(key: string): Promise<Outcome> {
    const set = informer.get(key);
    if (!set || set.metadata.deletionTimestamp) return;
    const current = await history.of(set);
    const hash = current.revision.metadata.labels?.[revisionLabel] ?? '';
    const look = async (): Promise<DaemonWorld> => ({
      set,
      nodes: nodeInformer.list(),
      pods: await claim<DaemonSet, Pod>({
        client,
        owner: set,
        ownerResource: daemonsets,
        resource: pods,
        informer: podInformer,
        selector: selectorOf(set),
      }),
      hash,
      isLeaving: (pod) => controlled.isLeaving(pod),
      now: clock.now(),
    });
    let failure: unknown;
    let wait: number | undefined;
    try {
      wait = await adjust(await look());
    } catch (error) {
      failure = error;
    }
    const world = await look();
    await forgetOld(world, current);
    const status = daemonSetStatus(world, current.collisionCount);
    await writeStatus(client, daemonsets, informer, set, status);
    if (failure) throw failure;
    const next = untilNextAvailable(world.pods, set.spec?.minReadySeconds ?? 0, world.now);
    const waits = [wait, next].filter((each) => each !== undefined);
    return waits.length > 0 ? { requeueAfter: Math.min(...waits) } : undefined;
  }

  /** First what is missing and too much, then, when that is in order, the rollout. Answers when to look again. */
  async function adjust(world: DaemonWorld): Promise<number | undefined> {
    const plan = planDaemons(world);
    const wait = dropEnded(world.set, plan);
    await act(world, plan);
    const isQuiet = plan.create.length === 0 && plan.remove.length === 0;
    if (isQuiet && world.set.spec?.updateStrategy?.type !== 'OnDelete')
      await act(world, planDaemonRollout(world));
    return wait;
  }

  /** Pods that ended are deleted with the rest; those that failed wait longer each time. */
  function dropEnded(set: Live<DaemonSet>, plan: DaemonPlan): number | undefined {
    const waits: number[] = [];
    for (const { pod, node } of plan.ended) {
      const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
      if (pod.status?.phase === 'Failed') {
        const wait = failures.untilNext(`${set.metadata.uid}/${set.metadata.generation}/${node}`);
        if (wait > 0) {
          waits.push(wait);
          continue;
        }
        const message = `Found failed daemon pod ${name} on node ${node}, will try to kill it`;
        recorder.event(set, 'Warning', 'FailedDaemonPod', message);
      } else {
        const message = `Found succeeded daemon pod ${name} on node ${node}, will try to delete it`;
        recorder.event(set, 'Normal', 'SucceededDaemonPod', message);
      }
      plan.remove.push(pod);
    }
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }

  async function act({ set, hash }: DaemonWorld, plan: Pick<DaemonPlan, 'create' | 'remove'>): Promise<void> {
    const targets = plan.create.slice(0, burst);
    await slowStart(targets.length, async () => {
      const node = targets.shift();
      if (node !== undefined) await controlled.create(set, podOnNode(set, hash, node));
    });
    await allDone(plan.remove.slice(0, burst).map((pod) => controlled.remove(set, pod)));
  }

  async function forgetOld(
    { set, pods: own }: DaemonWorld,
    { revision, all }: CurrentRevision,
  ): Promise<void> {
    const hashes = new Set(own.map(({ metadata }) => metadata.labels?.[revisionLabel]));
    const old = revisionsToForget(
      all,
      set.spec?.revisionHistoryLimit ?? 10,
      ({ metadata }) => hashes.has(metadata.labels?.[revisionLabel]),
      ({ metadata }) => metadata.uid !== revision.metadata.uid,
    );
    await history.forget(old);
  }
}

const selectorOf = ({ spec }: DaemonSet) => selectorFrom(spec?.selector);

/** A node came or went, or what DaemonSets look at has changed; its reports of every minute concern nobody. */
function concernsDaemons({ type, object, previous }: Change<Node>): boolean {
  if (type !== 'MODIFIED' || !previous) return true;
  return (
    !deepEqual(object.metadata.labels, previous.metadata.labels) ||
    !deepEqual(object.spec?.taints, previous.spec?.taints)
  );
}
