// What nodes say they use: asked when somebody wants to know, kept for a little, and left out where a node does not answer.

import type { Clock } from '../../shared/base/index.ts';
import { isRecord } from '../../shared/machinery/index.ts';
import type { NodeStreams } from './node-streams.ts';

export interface Amounts {
  nanoCores: number;
  bytes: number;
}

export interface NodeUsageReport {
  /** Milliseconds since the epoch: when the answer came. */
  at: number;
  windowMs: number;
  node: Amounts;
  /** uid of the pod → name of the container → what it uses. */
  pods: ReadonlyMap<string, ReadonlyMap<string, Amounts>>;
}

export interface NodeUsageOptions {
  streams: NodeStreams;
  clock: Clock;
}

const keptMs = 10_000;
const patienceMs = 2_000;
/** More than any node says of its containers. */
const longestAnswer = 4 * 1024 * 1024;

interface Asked {
  at: number;
  report: Promise<NodeUsageReport | undefined>;
}

export class NodeUsage {
  private readonly options: NodeUsageOptions;
  private readonly asked = new Map<string, Asked>();

  constructor(options: NodeUsageOptions) {
    this.options = options;
  }

  /** At most ten seconds old; undefined: the node is not connected, or did not answer within two seconds. */
  of(node: string): Promise<NodeUsageReport | undefined> {
    const now = this.options.clock.monotonic();
    for (const [name, { at }] of this.asked) if (now - at > keptMs) this.asked.delete(name);
    const known = this.asked.get(node);
    if (known) return known.report;
    const report = this.ask(node).catch(() => undefined); // who does not answer is left out
    this.asked.set(node, { at: now, report });
    return report;
  }

  private async ask(node: string): Promise<NodeUsageReport | undefined> {
    const { streams, clock } = this.options;
    const over = new AbortController();
    const timer = clock.after(patienceMs, () => over.abort(new Error(`node ${node} did not answer`)));
    try {
      const stream = await streams.open(node, { kind: 'stats' }, over.signal);
      const chunks: Buffer[] = [];
      let length = 0;
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > longestAnswer) throw new Error(`node ${node} says too much`);
        chunks.push(chunk);
      }
      return reportOf(JSON.parse(Buffer.concat(chunks).toString('utf8')), clock.now());
    } finally {
      timer.cancel();
      over.abort();
    }
  }
}

/** A node may say anything: what is no number is not believed. */
function reportOf(summary: unknown, at: number): NodeUsageReport | undefined {
  if (!isRecord(summary)) return undefined;
  const node = amountsOf(summary.node);
  const windowMs = numberOf(summary.windowMs);
  if (!node || windowMs === undefined) return undefined;
  const pods = new Map<string, Map<string, Amounts>>();
  for (const pod of listOf(summary.pods)) {
    const uid = isRecord(pod.podRef) ? pod.podRef.uid : undefined;
    if (typeof uid !== 'string') continue;
    const containers = new Map<string, Amounts>();
    for (const container of listOf(pod.containers)) {
      const amounts = amountsOf(container);
      if (amounts && typeof container.name === 'string') containers.set(container.name, amounts);
    }
    pods.set(uid, containers);
  }
  return { at, windowMs, node, pods };
}

function amountsOf(stats: unknown): Amounts | undefined {
  if (!isRecord(stats) || !isRecord(stats.cpu) || !isRecord(stats.memory)) return undefined;
  const nanoCores = numberOf(stats.cpu.usageNanoCores);
  const bytes = numberOf(stats.memory.workingSetBytes);
  return nanoCores === undefined || bytes === undefined ? undefined : { nanoCores, bytes };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
