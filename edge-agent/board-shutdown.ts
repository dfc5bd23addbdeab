// The board goes down: the node says so, pods end in order within their time, and the hub hears how. An agent that only
// stops, e.g. for its update, does nothing of this: its workloads run on.

import type { Clock, Logger } from '../shared/base/index.ts';
import type { EventRecorder, Kubelet, ShutdownPeriod } from './kubelet/index.ts';
import type { Link } from './link/index.ts';
import { isBoardStopping, type NodeReporter, ShutdownWatch } from './node/index.ts';

interface Options {
  kubelet: Pick<Kubelet, 'shutDown' | 'stayUp'>;
  node: Pick<NodeReporter, 'setNotReady'>;
  nodeName: string;
  events: Pick<EventRecorder, 'node'>;
  link: Pick<Link, 'unreported'>;
  /** None: pods are left to the board's own end. */
  periods: readonly ShutdownPeriod[];
  clock: Clock;
  log: Logger;
}

/** So long the hub may take to hear the last of it. */
const lastWordsMs = 3_000;
const lookMs = 50;

interface Ending {
  done: Promise<void>;
  calledOff: AbortController;
}

export class BoardShutdown {
  private readonly options: Options;
  private readonly watch: ShutdownWatch;
  private ending: Ending | undefined;

  constructor(options: Options) {
    this.options = options;
    this.watch = new ShutdownWatch({
      log: options.log,
      ending: () => this.endPods(),
      stayingUp: () => this.stayUp(),
    });
  }

  start(): void {
    if (this.isWanted) this.watch.start();
  }

  /** Ends the pods first, if it is the board that stops. */
  async stop(): Promise<void> {
    if (this.isWanted && (this.ending || (await isBoardStopping()))) await this.endPods();
    this.watch.stop();
  }

  private get isWanted(): boolean {
    return this.options.periods.length > 0;
  }

  private endPods(): Promise<void> {
    if (!this.ending) {
      const calledOff = new AbortController();
      this.ending = { done: this.end(calledOff.signal), calledOff };
    }
    return this.ending.done;
  }

  private async end(calledOff: AbortSignal): Promise<void> {
    const { kubelet, node, link, periods, clock } = this.options;
    this.say('shutdown');
    node.setNotReady('node is shutting down');
    await kubelet.shutDown(periods, calledOff);
    const deadline = clock.monotonic() + lastWordsMs;
    while (!calledOff.aborted && link.unreported > 0 && clock.monotonic() < deadline)
      await clock.sleep(lookMs);
  }

  /** Pods that have ended stay ended, others run on, and new ones are let in. */
  private stayUp(): void {
    this.ending?.calledOff.abort();
    this.ending = undefined;
    this.say('cancelled');
    this.options.kubelet.stayUp();
    this.options.node.setNotReady(undefined);
  }

  /** In the kubelet's words. */
  private say(what: 'shutdown' | 'cancelled'): void {
    const { events, nodeName } = this.options;
    const message = `Shutdown manager detected ${what} event`;
    events.node({ metadata: { name: nodeName } }, 'Normal', 'NodeShutdown', message);
  }
}
