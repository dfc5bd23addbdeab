// The volumes of one pod while it runs: made anew when what they come from has changed or grows old, looked into when they may
// hold too much, given back when none of its containers runs again.

import type { PodFacts } from './container/field-ref.ts';
import type { EventRecorder } from './pod-events.ts';
import type { PodRecord } from './pod-record.ts';
import { MountFailure, type PodVolumes } from './volumes/pod-volumes.ts';
import type { MeasuredFolders } from './volumes/storage-usage.ts';

interface Options {
  record: PodRecord;
  volumes: PodVolumes;
  events: EventRecorder;
  facts(): PodFacts;
  /** Something of it runs. */
  runs(): Promise<boolean>;
  /** Where its containers keep what they write. */
  containerFolders: MeasuredFolders['ofContainers'];
  /** They hold more than they may. */
  overfull(message: string): Promise<void>;
}

const never = Number.POSITIVE_INFINITY;

export class VolumeCare {
  private readonly options: Options;
  private isStale = false;
  private isReleased = false;

  constructor(options: Options) {
    this.options = options;
  }

  /** What they come from may have changed. */
  sourcesChanged(): void {
    this.isStale = true;
  }

  /** The pod runs again: what was released is made anew. */
  comeBack(): void {
    this.isReleased = false;
  }

  async keep(): Promise<void> {
    const { record, volumes, runs, containerFolders, overfull } = this.options;
    const { isStale } = this;
    this.isStale = false;
    if (this.hasEnded && !this.isReleased && !(await runs())) {
      this.isReleased = true;
      await volumes.release();
    }
    if (!this.hasVolumes) return;
    if (isStale || volumes.untilRefresh(record.pod) === 0) await this.refresh();
    if (volumes.untilLook(record.pod) !== 0) return;
    const message = await volumes.overfull(record.pod, containerFolders);
    if (message !== undefined) await overfull(message);
  }

  /** Milliseconds until one of them needs care. */
  untilDue(): number {
    if (!this.hasVolumes) return never;
    const { record, volumes } = this.options;
    return Math.min(volumes.untilRefresh(record.pod) ?? never, volumes.untilLook(record.pod) ?? never);
  }

  private get hasVolumes(): boolean {
    return this.options.record.prepared && !this.options.record.cleaned && !this.hasEnded;
  }

  /** For good: none of its containers runs again. */
  private get hasEnded(): boolean {
    const { failed, status, pod } = this.options.record;
    const { phase } = status ?? pod.status ?? {};
    return failed !== undefined || phase === 'Succeeded' || phase === 'Failed';
  }

  private async refresh(): Promise<void> {
    const { record, events, volumes, facts } = this.options;
    try {
      await volumes.refresh(facts());
    } catch (error) {
      if (!(error instanceof MountFailure)) throw error;
      events.pod(record.pod, 'Warning', 'FailedMount', error.message);
    }
  }
}
