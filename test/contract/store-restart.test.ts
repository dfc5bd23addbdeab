// Random commits and restarts: what was durable comes back as it was, what was volatile is gone, whatever compactions did.

import { expect } from 'chai';
import fc from 'fast-check';
import type { NedbStore } from '../../hub/store/index.ts';
import { imageOf, listen, pod, podKey, startedStore, temporaryDirectory } from './store-world.ts';

const nightly = process.env.KELP_NIGHTLY !== undefined;
const writeOf = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  image: fc.nat(1_000_000),
  kind: fc.constantFrom('durable', 'durable', 'volatile', 'delete'),
});
const commitOf = fc.uniqueArray(writeOf, { minLength: 1, maxLength: 3, selector: ({ name }) => name });
type RandomCommit = typeof commitOf extends fc.Arbitrary<infer T> ? T : never;

describe('the embedded store, restarted at random', () => {
  it('has what was durable, in every version of events', async function () {
    this.timeout(nightly ? 300_000 : 30_000);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(commitOf, { maxLength: 30 }), { maxLength: 4 }), async (lives) => {
        const directory = temporaryDirectory();
        const expected = new Map<string, string>();
        let newest = 0;
        try {
          for (const commits of lives) {
            const store = await startedStore(directory.path, { compactionMinimum: 1500, reserve: 7 });
            expect(store.revision).to.be.at.least(newest);
            expect(await contents(store)).to.deep.equal([...expected].sort());
            await runCommits(store, commits, expected);
            newest = store.revision;
            await store.stop();
          }
        } finally {
          directory.remove();
        }
      }),
      { numRuns: nightly ? 500 : 40 },
    );
  });
});

/** All at once, so that they share appends and meet compactions; `expected` becomes what a restart must find. */
async function runCommits(
  store: NedbStore,
  commits: readonly RandomCommit[],
  expected: Map<string, string>,
): Promise<void> {
  const visible = new Set(expected.keys());
  const ear = listen(store, '/');
  const first = store.revision;
  const running = commits.map((commit) => {
    const possible = commit.filter(({ name, kind }) => kind !== 'delete' || visible.has(name));
    for (const { name, kind, image } of possible) {
      if (kind === 'delete') visible.delete(name);
      else visible.add(name);
      if (kind === 'durable') expected.set(name, String(image));
      else expected.delete(name);
    }
    return store.commit(
      possible.map(({ name, kind, image }) => ({
        key: podKey(name),
        ...(kind !== 'delete' && { object: pod(name, String(image), 100) }),
        volatile: kind === 'volatile',
      })),
    );
  });
  const answers = await Promise.all(running);
  const committed = answers.filter((answer) => answer.length > 0).length;
  const heard = [...new Set(ear.changes.map(({ revision }) => revision))];
  expect(heard).to.deep.equal(Array.from({ length: committed }, (_, at) => first + 1 + at));
  expect((await contents(store)).map(([name]) => name)).to.deep.equal([...visible].sort());
}

async function contents(store: NedbStore): Promise<[string, string][]> {
  const { objects } = await store.list('/');
  return objects.map((object) => [object.metadata.name, imageOf(object) ?? '']);
}
