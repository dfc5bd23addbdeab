// Random operations on a store and on a model that is too simple to be wrong: a list of states, one a revision.

import { expect } from 'chai';
import fc from 'fast-check';
import { type Change, type Store, StoreError, type Write } from '../../hub/store/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import { settle } from '../support/fake-clock.ts';
import type { OpenStore } from './store.contract.ts';
import { imageOf, listen, pod, podKey, refusal } from './store-world.ts';

/** name → image and revision. */
type State = ReadonlyMap<string, { image: string; revision: number }>;

const nameOf = fc.constantFrom('a', 'b', 'c', 'd');
const writeOf = fc.record({
  name: nameOf,
  image: fc.option(fc.constantFrom('one', 'two', 'three')),
  expect: fc.constantFrom('anything', 'current', 'absent', 'wrong'),
  volatile: fc.boolean(),
});
const operationOf = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('commit'),
      writes: writesOf(3),
      // How many revisions ago nothing may have been written since.
      guard: fc.option(fc.nat(3), { freq: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'pass' } as const) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('list'), back: fc.nat(8), limit: fc.nat(4) }) },
);
type RandomWrite = typeof writeOf extends fc.Arbitrary<infer T> ? T : never;

function writesOf(maxLength: number) {
  return fc.uniqueArray(writeOf, { minLength: 1, maxLength, selector: ({ name }) => name });
}

/** What history a store under test is given. */
export const modelHistory = { historyLimit: 20, historyAge: 60_000 };

export function storeModel(name: string, open: OpenStore): void {
  it(`${name} behaves as a list of states does, whatever is done to it`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operationOf, { maxLength: 18 }), async (operations) => {
        const { store, advance, close } = await open();
        try {
          const run = new Run(store);
          for (const operation of operations) {
            if ('writes' in operation) await run.commit(operation.writes, operation.guard);
            else if ('back' in operation) await run.list(operation.back, operation.limit);
            else {
              await advance(modelHistory.historyAge + 1);
              run.forget();
            }
          }
          await run.checkWatches();
        } finally {
          await close();
        }
      }),
      { numRuns: process.env.KELP_NIGHTLY ? 1000 : 60 },
    );
  }).timeout(process.env.KELP_NIGHTLY ? 300_000 : 30_000);
}

class Run {
  private readonly store: Store;
  /** The state after each commit, the empty one first. */
  private readonly states: State[] = [new Map()];
  /** The revision of each of them. An etcd that is compacted now and then uses some up in between. */
  private readonly revisions: number[];
  /** How many changes led to each of them. */
  private readonly changes: number[] = [0];
  /** Of the states, the first that history may still reach. */
  private oldest = 0;
  private readonly live;

  constructor(store: Store) {
    this.store = store;
    this.revisions = [store.revision];
    this.live = listen(store, '/');
  }

  async commit(random: readonly RandomWrite[], guard: number | null): Promise<void> {
    const now = this.now();
    const writes = random.map((write) => toWrite(write, now));
    const possible = applied(now, writes, 0) !== undefined;
    const guards =
      guard === null ? [] : [{ prefix: podKey(''), after: Math.max(0, this.store.revision - guard) }];
    const refusals = [
      ...(possible ? [] : ['conflict']),
      ...(guards.some((each) => isOvertaken(now, each.after)) ? ['overtaken'] : []),
    ];
    if (refusals.length > 0) {
      expect((await refusal(this.store.commit(writes, guards))).code).to.be.oneOf(refusals);
      expect(await this.store.count('/')).to.equal(now.size);
      return;
    }
    const answers = await this.store.commit(writes, guards);
    const revision = this.store.revision;
    const stamps = answers.map(({ metadata }) => Number(metadata.resourceVersion));
    expect(new Set(stamps)).to.deep.equal(new Set([revision]));
    expect(revision).to.be.above(this.revisionAt(this.states.length - 1));
    const after = applied(now, writes, revision) ?? now;
    this.states.push(after);
    this.revisions.push(revision);
    this.changes.push(writes.length);
    expect(await this.store.count('/')).to.equal(after.size);
  }

  /** All that happened so far is too old to be told. */
  forget(): void {
    this.oldest = this.states.length - 1;
  }

  /** Whether what came after that state is still known: neither too old nor too much. */
  private isKept(at: number): boolean {
    const since = this.changes.slice(at + 1).reduce((sum, count) => sum + count, 0);
    return at === this.states.length - 1 || (at >= this.oldest && since <= modelHistory.historyLimit);
  }

  async list(back: number, limit: number): Promise<void> {
    const at = Math.max(0, this.states.length - 1 - back);
    const revision = this.revisionAt(at);
    const seen = new Map<string, { image: string; revision: number }>();
    try {
      let page = await this.store.list('/core/', { revision, limit: limit + 1 });
      add(seen, page.objects);
      while (page.remaining > 0) {
        page = await this.store.list('/core/', { revision, limit: limit + 1, after: page.last ?? '' });
        add(seen, page.objects);
      }
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'compacted')) throw error;
      expect(this.isKept(at), `revision ${revision} was forgotten too early`).to.equal(false);
      return;
    }
    expect(this.isKept(at), `revision ${revision} was kept too long`).to.equal(true);
    expect([...seen]).to.deep.equal([...(this.states[at] ?? [])].sort(byName));
  }

  /** A watch from any revision that is still known hears what leads from that state to the last one, step by step. */
  async checkWatches(): Promise<void> {
    for (const [at, state] of this.states.entries()) {
      let changes: readonly Change[] = this.live.changes;
      if (at > 0) {
        const late = this.lateEar(this.revisionAt(at));
        expect(late !== undefined, `a watch from revision ${this.revisionAt(at)}`).to.equal(this.isKept(at));
        if (!late) continue;
        await settle();
        late.watch.stop();
        changes = late.changes;
      }
      const replayed = new Map(state);
      for (const { key, object, previous } of changes) {
        const before = replayed.get(nameIn(key));
        expect(previous && imageOf(previous)).to.equal(before?.image);
        expect(previous && Number(previous.metadata.resourceVersion)).to.equal(before?.revision);
        replayed.delete(nameIn(key));
        if (object) add(replayed, [object]);
      }
      expect([...replayed].sort(byName)).to.deep.equal([...this.now()].sort(byName));
    }
  }

  private lateEar(after: number) {
    try {
      return listen(this.store, '/', after);
    } catch (error) {
      if (error instanceof StoreError && error.code === 'compacted') return undefined;
      throw error;
    }
  }

  private revisionAt(at: number): number {
    return this.revisions[at] ?? 0;
  }

  private now(): State {
    return this.states.at(-1) ?? new Map();
  }
}

/** Whether one of them was written after that revision. */
function isOvertaken(now: State, after: number): boolean {
  return [...now.values()].some(({ revision }) => revision > after);
}

function toWrite({ name, image, expect: expectation, volatile }: RandomWrite, now: State): Write {
  const current = now.get(name)?.revision ?? 0;
  const expected = { anything: undefined, current, absent: 0, wrong: current + 1 }[expectation];
  return {
    key: podKey(name),
    ...(image !== null && { object: pod(name, image) }),
    ...(expected !== undefined && { expected }),
    volatile,
  };
}

/** The next state; undefined: the commit must be refused. */
function applied(now: State, writes: readonly Write[], revision: number): State | undefined {
  const after = new Map(now);
  for (const { key, object, expected } of writes) {
    const current = now.get(nameIn(key))?.revision ?? 0;
    if (expected !== undefined && expected !== current) return undefined;
    if (!object && current === 0) return undefined;
    if (object) after.set(nameIn(key), { image: imageOf(object) ?? '', revision });
    else after.delete(nameIn(key));
  }
  return after;
}

function add(state: Map<string, { image: string; revision: number }>, objects: readonly Live[]): void {
  for (const object of objects) {
    const { name, resourceVersion } = object.metadata;
    state.set(name, { image: imageOf(object) ?? '', revision: Number(resourceVersion) });
  }
}

function nameIn(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
