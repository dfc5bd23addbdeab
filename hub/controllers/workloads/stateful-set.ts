// Keeps the numbered pods of a StatefulSet: each has a name and claims of its own that stay when it is replaced, and there
// is never more than one of a name. They come up in order and go in reverse, one after the other (or all at once:
// Parallel). A changed template is rolled out from the highest number down to the partition.

import {
  type Pod,
  persistentvolumeclaims,
  pods,
  type StatefulSet,
  statefulsets,
} from '../../../shared/api/index.ts';
import {
  addressOf,
  type Controller,
  each,
  keyOf,
  mapped,
  type Outcome,
  ownersOf,
} from '../../../shared/client/index.ts';
import { type Live, selectorFrom } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { claim } from '../pods/claim.ts';
import { ControlledPods, type PodSayings } from '../pods/controlled-pods.ts';
import { slowStart } from '../pods/slow-start.ts';
import { writeStatus } from '../write-status.ts';
import { untilNextAvailable } from './plan-replica-set.ts';
import { revisionLabel, revisionsToForget } from './plan-revisions.ts';
import { identityLabels, ordinalOf, statefulPod } from './plan-stateful-pod.ts';
import {
  planStatefulSet,
  type StatefulStep,
  type StatefulWorld,
  statefulSetStatus,
} from './plan-stateful-set.ts';
import { type CurrentRevision, RevisionHistory } from './revision-history.ts';
import { StatefulClaims } from './stateful-claims.ts';

const sayings: PodSayings = {
  done: (verb, pod, { metadata }) => `${verb} Pod ${pod} in StatefulSet ${metadata.name} successful`,
  failed: (verb, pod, { metadata }, why) =>
    `${verb} Pod ${pod} in StatefulSet ${metadata.name} failed error: ${why}`,
};

const selectorOf = ({ spec }: StatefulSet) => selectorFrom(spec?.selector);

export function statefulSetController(context: ControllerContext): Controller {
  const { client, clock } = context;
  const recorder = context.recorder.from('statefulset-controller');
  const informer = context.informers.of(statefulsets);
  const podInformer = context.informers.of(pods);
  const controlled = new ControlledPods(context, recorder, sayings);
  const history = new RevisionHistory(context, statefulsets, 'controller.kubernetes.io/hash');
  const claims = new StatefulClaims(context, recorder);

  return {
    name: 'statefulset',
    workers: 4,
    sources: [
      each(informer),
      ownersOf(history.informer, statefulsets.group, statefulsets.kind),
      ...controlled.sources(informer, statefulsets, selectorOf),
      // A claim that was on its way out made its pod wait.
      mapped(context.informers.of(persistentvolumeclaims), ({ type, object }) =>
        type === 'DELETED' ? setsWithClaims(object.metadata.namespace ?? '') : [],
      ),
    ],
    reconcile,
  };

  async function reconcile(key: string): Promise<Outcome> {
    const set = informer.get(key);
    if (!set) return;
    if (set.metadata.deletionTimestamp) return countDown(set);
    const revisions = await history.of(set);
    const update = revisions.revision;
    const current =
      revisions.all.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
    const look = async (): Promise<StatefulWorld> => ({
      set,
      pods: await podsOf(set),
      current: current.metadata.name,
      update: update.metadata.name,
      isLeaving: (pod) => controlled.isLeaving(pod),
      now: clock.now(),
    });
    const make = (step: StatefulStep & { do: 'create' }) =>
      statefulPod(set, step.revision === 'current' ? current : update, step.ordinal);
    let failure: unknown;
    try {
      const world = await look();
      for (const pod of world.pods) await claims.settle(set, pod);
      await act(set, planStatefulSet(world), make);
    } catch (error) {
      failure = error;
    }
    const world = await look();
    await showStatus(world, revisions.collisionCount);
    await forgetOld(world, revisions);
    if (failure) throw failure;
    const wait = untilNextAvailable(world.pods, set.spec?.minReadySeconds ?? 0, world.now);
    return wait === undefined ? undefined : { requeueAfter: wait };
  }

  /** A set that is being deleted makes nothing any more, no revision either: its status follows its pods. */
  async function countDown(set: Live<StatefulSet>): Promise<void> {
    const { currentRevision, updateRevision, collisionCount = 0 } = set.status ?? {};
    if (currentRevision === undefined || updateRevision === undefined) return;
    const world = { set, pods: await podsOf(set), current: currentRevision, update: updateRevision };
    const isLeaving = (pod: Live<Pod>) => controlled.isLeaving(pod);
    await showStatus({ ...world, isLeaving, now: clock.now() }, collisionCount);
  }

  function podsOf(set: Live<StatefulSet>): Promise<Live<Pod>[]> {
    return claim<StatefulSet, Pod>({
      client,
      owner: set,
      ownerResource: statefulsets,
      resource: pods,
      informer: podInformer,
      selector: selectorOf(set),
      mayAdopt: (pod) => ordinalOf(set, pod) !== undefined,
    });
  }

  async function act(
    set: Live<StatefulSet>,
    steps: readonly StatefulStep[],
    make: (step: StatefulStep & { do: 'create' }) => Pod,
  ): Promise<void> {
    const creations = steps.filter((step) => step.do === 'create');
    await slowStart(creations.length, async () => {
      const step = creations.shift();
      if (step) await create(set, step.ordinal, make(step));
    });
    for (const step of steps) {
      if (step.do === 'label') await label(step.pod, step.ordinal);
      if (step.do === 'replace') sayReplaced(set, step.pod);
      if (step.do === 'replace' || step.do === 'remove') await controlled.remove(set, step.pod);
    }
  }

  /** First its claims, then the pod. */
  async function create(set: Live<StatefulSet>, ordinal: number, pod: Pod): Promise<void> {
    if (!(await claims.ensure(set, ordinal, pod))) return;
    const created = await controlled.create(set, pod);
    if (created) await claims.settle(set, created);
  }

  async function label(pod: Live<Pod>, ordinal: number): Promise<void> {
    const metadata = { uid: pod.metadata.uid, labels: identityLabels(pod.metadata.name, ordinal) };
    const type = 'application/merge-patch+json';
    const answer = await orNothing(client.patch(pods, addressOf(pod), type, { metadata }));
    if (answer) podInformer.learn(answer);
  }

  function sayReplaced(set: Live<StatefulSet>, { metadata, status }: Live<Pod>): void {
    const about = `StatefulSet ${set.metadata.namespace}/${set.metadata.name} is recreating`;
    if (status?.phase === 'Failed')
      recorder.event(set, 'Warning', 'RecreatingFailedPod', `${about} failed Pod ${metadata.name}`);
    else recorder.event(set, 'Normal', 'RecreatingTerminatedPod', `${about} terminated Pod ${metadata.name}`);
  }

  async function showStatus(world: StatefulWorld, collisionCount: number): Promise<void> {
    const { set } = world;
    const status = statefulSetStatus(world, collisionCount);
    await writeStatus(client, statefulsets, informer, set, status);
  }

  async function forgetOld(world: StatefulWorld, { all }: CurrentRevision): Promise<void> {
    const live = new Set([world.current, world.update]);
    for (const { metadata } of world.pods) live.add(metadata.labels?.[revisionLabel] ?? '');
    const isLive = ({ metadata }: Live) => live.has(metadata.name);
    const limit = world.set.spec?.revisionHistoryLimit ?? 10;
    await history.forget(revisionsToForget(all, limit, isLive, (revision) => !isLive(revision)));
  }

  function setsWithClaims(namespace: string): string[] {
    return informer
      .inNamespace(namespace)
      .filter(({ spec }) => spec?.volumeClaimTemplates?.length)
      .map(keyOf);
  }
}
