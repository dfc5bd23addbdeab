// The board goes down: the node says so, pods end in order within their time, and the hub hears how. An agent that only
// stops, e.g. for its update, does nothing of this: its workloads run on.

import type { Clock, Logger } from '../shared/base/index.ts';
import type { Kubelet, ShutdownPeriods } from './kubelet/index.ts';
import type { Link } from './link/index.ts';
import { isBoardStopping, type NodeReporter, ShutdownWatch } from './node/index.ts';

interface Options {
  kubelet: Pick<Kubelet, 'shutDown'>;
  node: Pick<NodeReporter, 'setNotReady'>;
  link: Pick<Link, 'unreported'>;
  periods: ShutdownPeriods;
  clock: Clock;
  log: Logger;
}

/** So long the hub may take to hear the last of it. */
const lastWordsMs = 3_000;
const lookMs = 50;

export class BoardShutdown {
  private readonly options: Options;
  private readonly watch: ShutdownWatch;
  private ended: Promise<void> | undefined;

  constructor(options: Options) {
    this.options = options;
    this.watch = new ShutdownWatch({ log: options.log, ending: () => this.endPods() });
  }

  start(): void {
    if (this.isWanted) this.watch.start();
  }

  /** Ends the pods first, if it is the board that stops. */
  async stop(): Promise<void> {
    if (this.isWanted && (this.ended || (await isBoardStopping()))) await this.endPods();
    this.watch.stop();
  }

  private get isWanted(): boolean {
    return this.options.periods.total > 0;
  }

  private endPods(): Promise<void> {
    this.ended ??= this.end();
    return this.ended;
  }

  private async end(): Promise<void> {
    const { kubelet, node, link, periods, clock } = this.options;
    await node.setNotReady('node is shutting down');
    await kubelet.shutDown(periods);
    const deadline = clock.monotonic() + lastWordsMs;
    while (link.unreported > 0 && clock.monotonic() < deadline) await clock.sleep(lookMs);
  }
}
