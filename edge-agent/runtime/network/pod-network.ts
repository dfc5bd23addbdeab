// The network of an agent's pods: one of their own as soon as their range is known and where the board can, else the board's.
//
//   waiting ──the range is there, a trial works──▶ own
//      └──the board cannot──▶ shared ◀──somebody else has taken its addresses, while no pod was here──┘

import type { Clock, Logger } from '../../../shared/base/index.ts';
import type { Sandbox } from '../runtime.ts';
import { sysctlNamespace } from '../sysctl-name.ts';
import { type NetworkTools, PodNetworks, type PodRange, RangeTaken } from './pod-networks.ts';

/** Where the range comes from. */
export interface PodRangeSource {
  /** Undefined: not yet. */
  readonly known: PodRange | undefined;
  /** Waits a moment for it; undefined: nobody gives one, as far as is known by then. */
  wait(): Promise<PodRange | undefined>;
}

interface Options {
  directory: string;
  source: PodRangeSource;
  /** Undefined: the board lacks them, or the agent may not use them. */
  tools: NetworkTools | undefined;
  /** Why pods are not to have networks of their own, or cannot. */
  lacking: string | undefined;
  log: Logger;
  clock: Pick<Clock, 'after'>;
  bridgeIdleMs: number;
  onChange(): void;
}

type State = { is: 'waiting'; why?: string } | { is: 'own' } | { is: 'shared'; why: string };

const noRange = 'the hub has given this node no range of addresses (--cluster-cidr)';

export class PodNetwork {
  private readonly options: Options;
  /** Also where pods share the board's: what they had before has to be taken down. */
  private readonly networks: PodNetworks | undefined;
  private state: State = { is: 'waiting' };
  private settling: Promise<void> | undefined;

  constructor(options: Options) {
    this.options = options;
    const { directory, tools, clock, log, bridgeIdleMs } = options;
    this.networks = tools && new PodNetworks({ directory, tools, clock, log, bridgeIdleMs });
  }

  /** `pods`: those that have containers. */
  async start(pods: ReadonlySet<string>): Promise<void> {
    const { source, lacking } = this.options;
    await this.networks?.open(pods);
    if (lacking !== undefined) this.becomeShared(lacking);
    else if (source.known) await this.settle();
    else void this.settle(); // It does not reject. A hub may take its time, and may be out of reach.
  }

  get isOwn(): boolean {
    return this.state.is === 'own';
  }

  /** Why pods have no network of their own; undefined: they have, or nobody knows yet. */
  get lacking(): string | undefined {
    return this.state.is === 'own' ? undefined : this.state.why;
  }

  /** The pod's address; undefined: the board's own. Idempotent. Throws when the board refuses. */
  async attach({ uid, ports, sysctls }: Sandbox): Promise<string | undefined> {
    await this.settle();
    if (this.state.is !== 'own') return undefined;
    try {
      const own = sysctls.filter(({ name }) => sysctlNamespace(name) === 'net');
      return await this.networks?.attach(uid, ports, own);
    } catch (error) {
      if (!(error instanceof RangeTaken)) throw error;
      this.becomeShared(error.message);
      return undefined;
    }
  }

  async detach(uid: string): Promise<void> {
    await this.networks?.detach(uid);
  }

  async rest(running: ReadonlySet<string>): Promise<void> {
    await this.networks?.rest(running);
  }

  /** Where a pod's network is; undefined: it has none of its own. */
  pathOf(uid: string): string | undefined {
    return this.networks?.pathOf(uid);
  }

  /** A pod that comes before the range waits for it a moment; those after it may have it. */
  private settle(): Promise<void> {
    this.settling ??= this.look().finally(() => {
      this.settling = undefined;
    });
    return this.settling;
  }

  private async look(): Promise<void> {
    if (this.state.is !== 'waiting' || !this.networks) return;
    const { source } = this.options;
    const range = source.known ?? (await source.wait());
    if (range) await this.become(this.networks, range);
    else if (this.state.why === undefined) this.say({ is: 'waiting', why: noRange });
  }

  private async become(networks: PodNetworks, range: PodRange): Promise<void> {
    try {
      await networks.start(range);
      this.say({ is: 'own' });
    } catch (error) {
      this.becomeShared(error instanceof Error ? error.message : String(error));
    }
  }

  private becomeShared(why: string): void {
    this.say({ is: 'shared', why });
  }

  private say(state: State): void {
    this.state = state;
    if (this.lacking !== undefined)
      this.options.log.warn({ reason: this.lacking }, 'pods share the network of the board');
    this.options.onChange();
  }
}
