// A short sum of which objects are held in which version. It does not depend on order and follows changes one by one,
// so that both ends of a link can compare what they hold by a few bytes.

import { createHash } from 'node:crypto';

const width = 16;

/** uid → version, with a hash of the whole. */
export class Digest {
  private readonly held = new Map<string, string>();
  private readonly sum = Buffer.alloc(width);

  get size(): number {
    return this.held.size;
  }

  /** 32 hexadecimal digits; zeros when nothing is held. */
  get hash(): string {
    return this.sum.toString('hex');
  }

  version(uid: string): string | undefined {
    return this.held.get(uid);
  }

  set(uid: string, version: string): void {
    this.delete(uid);
    this.held.set(uid, version);
    this.mix(uid, version);
  }

  delete(uid: string): void {
    const version = this.held.get(uid);
    if (version === undefined) return;
    this.held.delete(uid);
    this.mix(uid, version);
  }

  clear(): void {
    this.held.clear();
    this.sum.fill(0);
  }

  versions(): IterableIterator<[uid: string, version: string]> {
    return this.held.entries();
  }

  /** Mixing the same entry in twice takes it out again. */
  private mix(uid: string, version: string): void {
    const entry = createHash('sha256').update(`${uid}\n${version}`).digest();
    for (let at = 0; at < width; at += 1) this.sum[at] = (this.sum[at] ?? 0) ^ (entry[at] ?? 0);
  }
}
