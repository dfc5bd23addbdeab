// Some writes have to see what all others have done: a Service is given an address that no other has, a quota counts what
// is there. From its steps to its commit such a write has a turn of its own among those that look at the same keys. In
// this process they wait for each other; where other processes write to the store too, the commit is refused if it was
// overtaken, and the whole write is done again.

import { ApiError } from '../../../shared/machinery/index.ts';
import { type Guard, type Key, type Store, StoreError } from '../../store/index.ts';

const mostTries = 20;

export class Turns {
  private readonly store: Store;
  /** Prefix → the last of the writes that wait for each other; gone when nothing waits. */
  private readonly last = new Map<Key, Promise<unknown>>();

  constructor({ store }: { store: Store }) {
    this.store = store;
  }

  /** Does `write` alone among all that look at these prefixes, with guards for its commit; at once where there are none. */
  take<R>(prefixes: readonly Key[], write: (guards: readonly Guard[]) => Promise<R>): Promise<R> {
    if (prefixes.length === 0) return write([]);
    const alone = this.store.shared ? () => this.untilNotOvertaken(prefixes, write) : () => write([]);
    // Always in one order, so that no two wait for each other.
    return [...prefixes].sort().reduceRight((inner, prefix) => () => this.queue(prefix, inner), alone)();
  }

  private async queue<R>(prefix: Key, write: () => Promise<R>): Promise<R> {
    const turn = (this.last.get(prefix) ?? Promise.resolve()).then(write);
    const settled = turn.catch(() => undefined);
    this.last.set(prefix, settled);
    try {
      return await turn;
    } finally {
      if (this.last.get(prefix) === settled) this.last.delete(prefix);
    }
  }

  private async untilNotOvertaken<R>(
    prefixes: readonly Key[],
    write: (guards: readonly Guard[]) => Promise<R>,
  ): Promise<R> {
    for (let tries = 0; tries < mostTries; tries++) {
      const guards = prefixes.map((prefix) => ({ prefix, after: this.store.revision }));
      try {
        return await write(guards);
      } catch (error) {
        const ours =
          error instanceof StoreError && error.code === 'overtaken' && prefixes.includes(error.key ?? '');
        if (!ours) throw error;
      }
    }
    throw new ApiError(
      'ServiceUnavailable',
      `${prefixes.join(', ')}: other hubs were faster ${mostTries} times; try again`,
    );
  }
}
