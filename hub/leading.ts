// Which hub does what only one may do at a time. Alone: this one, from its start to its stop. Of several: whoever is
// elected, for a term, with clients whose writes are refused once another term has begun.

import { configmaps } from '../shared/api/index.ts';
import { type Clock, type Logger, type Part, startAll, stopAll } from '../shared/base/index.ts';
import { type Client, LeaderElection, type Term } from '../shared/client/index.ts';
import { storeKey } from './apiserver/index.ts';
import type { Guard } from './store/index.ts';

export interface LeadingOptions {
  /** Whether other hubs may be there. */
  shared: boolean;
  /** Of this hub. */
  id: string;
  /** For the election. */
  client: Client;
  /** Calls when another hub has them. */
  following(): void;
  /** Made anew for each term, whose fence has to hold for all that they write; alone there is none. */
  keepers(fence?: Guard): Part[];
  clock: Clock;
  log: Logger;
}

const lease = { namespace: 'kube-system', name: 'kelp-leader' };

export class Leading implements Part {
  readonly name = 'keepers';
  private readonly options: LeadingOptions;
  private parts: Part[] = [];
  private election: LeaderElection | undefined;

  constructor(options: LeadingOptions) {
    this.options = options;
  }

  /** Alone: resolves when they work. Of several: at once; who leads is settled later. */
  async start(): Promise<void> {
    const { shared, id, client, keepers, clock, log } = this.options;
    if (!shared) {
      this.parts = keepers();
      return startAll(this.parts);
    }
    this.options.following();
    this.election = new LeaderElection({
      ...{ client, lease, identity: id, clock, log },
      lead: (term) => this.lead(term),
    });
    this.election.start();
  }

  async stop(): Promise<void> {
    await this.election?.stop();
    await stopAll(this.parts);
  }

  private async lead({ fence, signal }: Term): Promise<void> {
    const { keepers, following } = this.options;
    const { namespace, name } = fence.key;
    const prefix = storeKey(configmaps, namespace, name);
    const parts = keepers({ prefix, after: Number(fence.resourceVersion) });
    const over = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    try {
      await startAll(parts);
      if (!signal.aborted) await over;
      await stopAll(parts);
    } finally {
      following();
    }
  }
}
