// Tells the hub about this node: what it is at the start, its conditions whenever they change. Liveness is the
// lease's business: a node on which nothing changes reports nothing.

import type { Node, NodeCondition } from '../../shared/api/index.ts';
import type { Clock, Logger, Timer } from '../../shared/base/index.ts';
import type { Reporter } from '../link/index.ts';
import {
  allocatableQuantities,
  type BoardFacts,
  boardLabels,
  capacityOf,
  type NodeAllocatable,
  nodeInfoOf,
} from './board-facts.ts';
import { type FlashWear, flashWear } from './flash-wear.ts';
import { changed, conditionsOf, type Pressures, verdictsOf } from './node-conditions.ts';

export interface NodeReporterOptions {
  nodeName: string;
  nodeIps: readonly string[];
  facts: BoardFacts;
  allocatable: NodeAllocatable;
  /** The runtimes' own words for themselves, e.g. `process://0.1.0`; known once they have started. */
  containerRuntimeVersion: () => string;
  /** Labels from the configuration, beside those of the board. */
  labels?: Readonly<Record<string, string>>;
  /** What else the hub is to know of the board. */
  annotations?: Readonly<Record<string, string>>;
  reporter: Pick<Reporter, 'node'>;
  events: {
    node(node: Pick<Node, 'metadata'>, type: 'Normal' | 'Warning', reason: string, message: string): void;
  };
  /** What the board is short of now; `look` when that has changed. */
  pressures: () => Pressures;
  /** What the board has of images. */
  images: () => NonNullable<NonNullable<Node['status']>['images']>;
  /** Whether pods have a network of their own; undefined: nobody knows (yet). */
  podNetwork?: () => { lacking?: string } | undefined;
  clock: Clock;
  log: Logger;
  wear?: () => Promise<readonly FlashWear[]>;
}

/** Flash wears slowly. */
const wearIntervalMs = 6 * 3_600_000;

export class NodeReporter {
  private readonly options: NodeReporterOptions;
  private conditions: NodeCondition[] = [];
  private nodeIps: readonly string[];
  private notReady: string | undefined;
  private worn: readonly FlashWear[] = [];
  private timer: Timer | undefined;
  private stopped = false;

  constructor(options: NodeReporterOptions) {
    this.options = options;
    this.nodeIps = options.nodeIps;
  }

  async start(): Promise<void> {
    const node = this.node();
    this.options.events.node(node, 'Normal', 'Starting', 'Starting kubelet.');
    await this.lookAtFlash();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
  }

  /** The address by which the hub is reached has changed. */
  moved(nodeIps: readonly string[]): void {
    if (nodeIps.join() === this.nodeIps.join()) return;
    this.nodeIps = nodeIps;
    this.options.reporter.node(this.node());
  }

  /** `images` answers something else. */
  imagesChanged(): void {
    // Before the conditions are known there is nothing to say; then the images are said with them.
    if (this.conditions.length > 0) this.options.reporter.node(this.node());
  }

  /** `why`: the node cannot run pods, e.g. as a runtime does not answer; undefined: it can. */
  setNotReady(why: string | undefined): void {
    this.notReady = why;
    this.look();
  }

  /** The node as it is reported: labels of the board and status. */
  node(): Node {
    const { nodeName, facts, allocatable, containerRuntimeVersion, labels, annotations } = this.options;
    return {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: nodeName,
        labels: { ...labels, ...boardLabels(nodeName, facts) },
        ...(annotations && { annotations: { ...annotations } }),
      },
      status: {
        addresses: [
          ...this.nodeIps.map((address) => ({ type: 'InternalIP', address })),
          { type: 'Hostname', address: nodeName },
        ],
        allocatable: allocatableQuantities(allocatable),
        capacity: capacityOf(facts),
        conditions: this.conditions,
        images: this.options.images(),
        nodeInfo: nodeInfoOf(facts, containerRuntimeVersion()),
      },
    };
  }

  /** Reports the conditions where they have changed. */
  look(): void {
    const { pressures, podNetwork } = this.options;
    this.take(verdictsOf(pressures(), this.notReady, this.worn, podNetwork?.()));
  }

  private async lookAtFlash(): Promise<void> {
    const { clock, log, wear = flashWear } = this.options;
    this.worn = await wear();
    this.look();
    if (this.stopped) return;
    this.timer = clock.after(wearIntervalMs, () => {
      this.lookAtFlash().catch((error) => log.error({ err: error }, 'looking at the flash'));
    });
  }

  private take(verdicts: ReturnType<typeof verdictsOf>): void {
    const { clock, reporter } = this.options;
    const next = conditionsOf(verdicts, this.conditions, clock.now());
    if (!changed(next, this.conditions)) return;
    const turned = next.filter(
      ({ type, status }) => this.conditions.find((old) => old.type === type)?.status !== status,
    );
    this.conditions = next;
    reporter.node(this.node());
    for (const condition of turned) this.announce(condition);
  }

  /** `Node pi-1 status is now: NodeHasSufficientMemory`, as upstream. */
  private announce({ type, reason, status }: NodeCondition): void {
    const { events, nodeName } = this.options;
    const readiness = status === 'True' ? 'NodeReady' : 'NodeNotReady';
    const word = type === 'Ready' ? readiness : (reason ?? '').replace(/^Kubelet/, 'Node');
    events.node(this.node(), 'Normal', word, `Node ${nodeName} status is now: ${word}`);
  }
}
