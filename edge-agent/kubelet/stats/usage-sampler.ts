// What the node and its containers use, measured only when somebody asks: between the last look and this one, or, where
// that was too long ago, over one second from now.

import type { ContainerStats, PodStats, StatsSummary } from '../../../shared/api/index.ts';
import type { Clock } from '../../../shared/base/index.ts';
import { formatTime } from '../../../shared/machinery/index.ts';
import type { ContainerUsage, Runtime, RuntimeContainer } from '../../runtime/index.ts';

/** What the board uses; counted since its start. */
export interface BoardStats {
  cpuSeconds: number;
  memoryBytes: number;
  memoryAvailableBytes: number;
}

export interface UsageSamplerOptions {
  runtimes: readonly Runtime[];
  containers(): Promise<{ container: RuntimeContainer; runtime: Runtime }[]>;
  boardStats(): Promise<BoardStats>;
  nodeName: string;
  clock: Clock;
}

interface Sample {
  /** Milliseconds of the monotonic clock. */
  at: number;
  board: BoardStats;
  containers: Map<string, ContainerUsage>;
}

const shortestWindowMs = 1000;
const longestWindowMs = 60_000;
const nano = 1e9;

export class UsageSampler {
  private readonly options: UsageSamplerOptions;
  private last: Sample | undefined;
  private answer: { at: number; summary: StatsSummary } | undefined;
  private asking: Promise<StatsSummary> | undefined;

  constructor(options: UsageSamplerOptions) {
    this.options = options;
  }

  /** At most one second old. */
  summary(): Promise<StatsSummary> {
    const { clock } = this.options;
    if (this.answer && clock.monotonic() - this.answer.at < shortestWindowMs)
      return Promise.resolve(this.answer.summary);
    this.asking ??= this.measure().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  private async measure(): Promise<StatsSummary> {
    const { clock } = this.options;
    const before = await this.earlier();
    const left = before.at + shortestWindowMs - clock.monotonic();
    if (left > 0) await clock.sleep(left);
    const after = await this.sample();
    this.last = after;
    const summary = await this.compare(before, after);
    this.answer = { at: after.at, summary };
    return summary;
  }

  private async earlier(): Promise<Sample> {
    const { last } = this;
    const age = last ? this.options.clock.monotonic() - last.at : Number.POSITIVE_INFINITY;
    return last && age <= longestWindowMs ? last : this.sample();
  }

  private async sample(): Promise<Sample> {
    const { clock, runtimes, boardStats } = this.options;
    const [board, ...usages] = await Promise.all([
      boardStats(),
      ...runtimes.map((runtime) => runtime.usage?.() ?? []),
    ]);
    const containers = new Map(usages.flat().map((usage) => [usage.id, usage]));
    return { at: clock.monotonic(), board, containers };
  }

  private async compare(before: Sample, after: Sample): Promise<StatsSummary> {
    const { nodeName, clock } = this.options;
    const time = formatTime(clock.now());
    const windowMs = after.at - before.at;
    const cpu = (from: number, to: number) => ({
      time,
      usageNanoCores: Math.round((Math.max(0, to - from) / windowMs) * 1000 * nano),
      usageCoreNanoSeconds: Math.round(to * nano),
    });
    const pods = new Map<string, PodStats>();
    for (const { container } of await this.options.containers()) {
      const usage = after.containers.get(container.id);
      if (!usage || container.state !== 'running') continue;
      const { podUid: uid, podName: name, podNamespace: namespace } = container;
      const pod = pods.get(uid) ?? { podRef: { name, namespace, uid }, containers: [] };
      pods.set(uid, pod);
      const stats: ContainerStats = {
        name: container.name,
        startTime: formatTime(container.startedAt),
        // One that was not there before has used nothing before.
        cpu: cpu(before.containers.get(container.id)?.cpuSeconds ?? 0, usage.cpuSeconds),
        memory: { time, workingSetBytes: usage.memoryBytes, rssBytes: usage.memoryBytes },
      };
      pod.containers.push(stats);
    }
    const { memoryBytes, memoryAvailableBytes } = after.board;
    return {
      node: {
        nodeName,
        cpu: cpu(before.board.cpuSeconds, after.board.cpuSeconds),
        memory: { time, workingSetBytes: memoryBytes, availableBytes: memoryAvailableBytes },
      },
      pods: [...pods.values()],
      windowMs,
    };
  }
}
