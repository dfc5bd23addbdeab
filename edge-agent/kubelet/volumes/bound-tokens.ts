// Tokens for pods, bound to them: asked of the hub, renewed in time, and kept beside the pod, so that a board that starts
// without its hub starts its pods with the last ones.

import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../../shared/api/index.ts';
import { type Clock, type Logger, messageOf } from '../../../shared/base/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import type { TokenRequests } from '../../link/index.ts';
import { type HeldToken, type TokenSource, tokenKey, tokenSources, untilRenewal } from './token-sources.ts';

export interface BoundTokensOptions {
  requests: TokenRequests;
  clock: Clock;
  log: Logger;
}

/** After a request that failed: the hub may be out of reach for long. */
const retryMs = 60_000;

export class BoundTokens {
  private readonly options: BoundTokensOptions;
  /** The pod's folder. */
  private readonly folder: string;
  private held: Map<string, HeldToken> | undefined;
  private notBefore = 0;
  private lastFault: string | undefined;

  constructor(folder: string, options: BoundTokensOptions) {
    this.folder = folder;
    this.options = options;
  }

  /** Why the newest request failed; undefined: it did not. */
  get fault(): string | undefined {
    return this.lastFault;
  }

  /** Milliseconds until `forPod` would ask again; undefined: the pod has no tokens. */
  untilNext(pod: Live<Pod>): number | undefined {
    const { clock } = this.options;
    const sources = tokenSources(pod);
    if (sources.length === 0) return undefined;
    const now = clock.now();
    const due = sources.map((source) => {
      const known = this.held?.get(tokenKey(source));
      return known ? untilRenewal(known, now) : 0;
    });
    return Math.max(Math.min(...due), this.notBefore - clock.monotonic());
  }

  /** By `tokenKey`: new where they are due and the hub answers, else the last ones. Asks at once for what is missing. */
  async forPod(pod: Live<Pod>): Promise<Map<string, string>> {
    const sources = tokenSources(pod);
    if (sources.length === 0) return new Map();
    this.held ??= await this.load();
    const missing = sources.some((source) => !this.held?.has(tokenKey(source)));
    if (missing || this.options.clock.monotonic() >= this.notBefore)
      await this.renew(pod, sources, this.held);
    return new Map([...this.held].map(([key, { token }]) => [key, token]));
  }

  private async renew(
    pod: Live<Pod>,
    sources: readonly TokenSource[],
    held: Map<string, HeldToken>,
  ): Promise<void> {
    const { requests, clock, log } = this.options;
    this.lastFault = undefined;
    let changed = false;
    for (const source of sources) {
      const known = held.get(tokenKey(source));
      if (known && untilRenewal(known, clock.now()) > 0) continue;
      try {
        const { token, lifetime } = await requests.token(pod, source);
        held.set(tokenKey(source), { token, lifetime, takenAt: clock.now() });
        changed = true;
      } catch (error) {
        this.lastFault = messageOf(error);
        this.notBefore = clock.monotonic() + retryMs;
        log.debug({ err: error, pod: pod.metadata.name }, 'no new token');
      }
    }
    if (changed) await this.save(held);
  }

  private get path(): string {
    return join(this.folder, 'tokens.json');
  }

  private async load(): Promise<Map<string, HeldToken>> {
    const text = await readFile(this.path, 'utf8').catch(() => '[]');
    const saved: unknown = JSON.parse(text);
    const entries = Array.isArray(saved) ? saved.filter(isEntry) : [];
    return new Map(entries);
  }

  /** Replaces the file as a whole: a power cut leaves the old tokens or the new ones. */
  private async save(held: Map<string, HeldToken>): Promise<void> {
    await writeFile(`${this.path}.new`, JSON.stringify([...held]), { mode: 0o600, flush: true });
    await rename(`${this.path}.new`, this.path);
  }
}

function isEntry(value: unknown): value is [string, HeldToken] {
  if (!Array.isArray(value) || typeof value[0] !== 'string') return false;
  const { token, takenAt, lifetime } = value[1] ?? {};
  return typeof token === 'string' && typeof takenAt === 'number' && typeof lifetime === 'number';
}
