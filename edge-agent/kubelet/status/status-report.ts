// What is said of one pod: its status, where it is another than was said before; kept for the next agent too.

import { isOver } from '../../../shared/api/index.ts';
import type { Clock } from '../../../shared/base/index.ts';
import { deepEqual } from '../../../shared/machinery/index.ts';
import type { Reporter } from '../../link/index.ts';
import { isTerminating, type ObservedPod } from '../observed-pod.ts';
import type { PodRecord } from '../pod-record.ts';
import { podStatus } from './pod-status.ts';
import { SaidStatus } from './said-status.ts';

interface Options {
  record: PodRecord;
  reporter: Reporter;
  /** The pod's own. */
  folder: string;
  /** The runtime's name. */
  runtime: string;
  nodeIps: readonly string[];
  clock: Clock;
}

export class StatusReport {
  readonly said: SaidStatus;
  private readonly options: Options;

  constructor(options: Options) {
    this.options = options;
    this.said = new SaidStatus(options);
  }

  async report(observed: ObservedPod): Promise<void> {
    const { record, reporter, runtime, nodeIps, clock } = this.options;
    if (record.unwanted || record.cleaned || record.discarded || isOverAndGone(observed)) return;
    if (!record.status && isGone(observed) && isTerminating(observed)) return;
    const status = podStatus(observed, {
      previous: record.status ?? record.pod.status,
      now: clock.now(),
      startedAt: record.startedAt,
      ...{ runtime, nodeIps, podIps: this.podIps(observed) },
    });
    if (record.status && deepEqual(status, record.status)) return;
    record.status = status;
    reporter.podStatus(record.pod, status);
    await this.said.note(status);
  }

  /** After a restart of the agent the addresses are those reported before, until the network is looked at again. */
  private podIps(observed: ObservedPod): readonly string[] {
    const { podIps, pod } = this.options.record;
    if (podIps.length > 0 || observed.containers.length === 0) return podIps;
    return (pod.status?.podIPs ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
  }
}

/** Nothing of it is left here, as far as an agent that was started since can know. */
function isGone({ containers, failed }: ObservedPod): boolean {
  return containers.length === 0 && !failed;
}

/** It was said how it ended, and nobody is left to say it again. */
function isOverAndGone({ containers, pod: { status } }: ObservedPod): boolean {
  return containers.length === 0 && status !== undefined && isOver(status);
}
