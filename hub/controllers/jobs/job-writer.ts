// What the Job controller does to pods: creates, deletes, and lets go those that are counted. Remembers what the informer may
// not show yet, so that nothing is done or counted twice.

import { type Job, jobs, type Pod, pods } from '../../../shared/api/index.ts';
import {
  addressOf,
  type Client,
  type Informer,
  mapped,
  type Recorder,
  type Source,
} from '../../../shared/client/index.ts';
import { formatTime, type Live, selectorFrom } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { ControlledPods } from '../pods/controlled-pods.ts';
import { allDone, slowStart } from '../pods/slow-start.ts';
import { isTracked, trackingFinalizer } from './job-pods.ts';
import { type JobPodPlan, podOfJob } from './plan-job-pods.ts';

export const selectorOf = ({ spec }: Job) => selectorFrom(spec?.selector);

/** Takes the tracking finalizer off a pod, if that is still there. */
export async function untrack(client: Client, pod: Live<Pod>): Promise<void> {
  const { uid } = pod.metadata;
  const metadata = { uid, '$deleteFromPrimitiveList/finalizers': [trackingFinalizer] };
  const type = 'application/strategic-merge-patch+json';
  await orNothing(client.patch(pods, addressOf(pod), type, { metadata }));
}

export class JobWriter {
  private readonly client: Client;
  private readonly informer: Informer<Pod>;
  private readonly controlled: ControlledPods;
  private readonly now: () => string;
  /** Pods that lost their finalizer and that the informer still shows with it. */
  private readonly released = new Set<string>();

  constructor(context: ControllerContext, recorder: Recorder) {
    const { client, clock, informers } = context;
    this.client = client;
    this.informer = informers.of(pods);
    this.controlled = new ControlledPods(context, recorder);
    this.now = () => formatTime(clock.now());
  }

  /** Changed pods wake their Jobs, and those whose selector they match. */
  sources(owners: Informer<Job>): Source[] {
    const hears = mapped(this.informer, ({ type, object }) => {
      if (type === 'DELETED' || !isTracked(object)) this.released.delete(object.metadata.uid);
      return [];
    });
    return [hears, ...this.controlled.sources(owners, jobs, selectorOf)];
  }

  /** The pod with what was done to it already. */
  asKnown(pod: Live<Pod>): Live<Pod> {
    const { uid, deletionTimestamp = this.now(), finalizers = [] } = pod.metadata;
    const isLeaving = this.controlled.isLeaving(pod);
    const isReleased = this.released.has(uid);
    if (!isLeaving && !isReleased) return pod;
    const metadata = {
      ...pod.metadata,
      ...(isLeaving && { deletionTimestamp }),
      ...(isReleased && { finalizers: finalizers.filter((each) => each !== trackingFinalizer) }),
    };
    return { ...pod, metadata };
  }

  /** `countsRemoved`: pods are removed because the Job ends, and count; else they were too many. Throws the first failure. */
  async act(job: Live<Job>, { create, remove }: JobPodPlan, countsRemoved: boolean): Promise<void> {
    const queue = [...create];
    await slowStart(queue.length, async () => {
      const next = queue.shift();
      if (next) await this.controlled.create(job, podOfJob(job, next));
    });
    await allDone(
      remove.map(async (pod) => {
        if (!countsRemoved) await this.release(pod);
        await this.controlled.remove(job, pod);
      }),
    );
  }

  /** Takes the finalizer off. */
  async release(pod: Live<Pod>): Promise<void> {
    const { uid } = pod.metadata;
    if (!isTracked(pod)) return;
    this.released.add(uid);
    try {
      await untrack(this.client, pod);
    } catch (error) {
      this.released.delete(uid);
      throw error;
    }
  }

  async releaseAll(counted: readonly Live<Pod>[]): Promise<void> {
    await allDone(counted.map((pod) => this.release(pod)));
  }
}
