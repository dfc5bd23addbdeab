// The range of addresses that the hub has given this node for its pods (spec.podCIDR). It is on the disk: a board that
// starts without its hub has it.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Node } from '../../shared/api/index.ts';
import { type Clock, deferred, type Logger, readIfThere, writeFileDurably } from '../../shared/base/index.ts';

interface Options {
  directory: string;
  /** The node as the hub has it. */
  ask(): Promise<Node>;
  clock: Clock;
  log: Logger;
}

/** A new node's range comes a moment after the node: so it is asked for again, at most so often. */
const askAgainMs = [50, 100, 200, 400, 800, 1600];
/** Without an answer nobody waits longer. */
const patienceMs = 5_000;

export class NodeRange {
  private readonly options: Options;
  private readonly answered = deferred();
  private cidr: string | undefined;
  private isFresh = false;

  constructor(options: Options) {
    this.options = options;
  }

  async open(): Promise<void> {
    this.cidr = (await readIfThere(this.path))?.trim() || undefined;
  }

  get known(): string | undefined {
    return this.cidr;
  }

  /** Waits a moment for it; undefined: the hub gives none, as far as is known by then. */
  async wait(): Promise<string | undefined> {
    if (this.cidr !== undefined) return this.cidr;
    const over = new AbortController();
    const patience = this.options.clock.sleep(patienceMs, over.signal).catch(() => undefined); // not needed any more
    await Promise.race([this.answered.promise, patience]);
    over.abort();
    return this.cidr;
  }

  /** The hub has the node, and there is a connection: asks once after each start of the agent, and while there is none. */
  async learn(connection: AbortSignal): Promise<void> {
    if (this.isFresh && this.cidr !== undefined) return;
    const { ask, clock } = this.options;
    for (const delay of askAgainMs) {
      const { spec } = await ask();
      await this.take(spec?.podCIDR);
      this.isFresh = true;
      if (this.cidr !== undefined) break;
      await clock.sleep(delay, connection);
    }
    this.answered.resolve();
  }

  private async take(cidr: string | undefined): Promise<void> {
    if (cidr === this.cidr) return;
    this.options.log.info({ podCIDR: cidr, before: this.cidr }, 'the range of this node for its pods');
    if (cidr === undefined) await rm(this.path, { force: true });
    else await writeFileDurably(this.path, `${cidr}\n`, 0o600);
    this.cidr = cidr;
  }

  private get path(): string {
    return join(this.options.directory, 'pod-cidr');
  }
}
