// What every store promises, whatever it keeps its objects in. Run over all implementations by store.test.ts.

import { expect } from 'chai';
import { type Store, StoreError } from '../../hub/store/index.ts';
import { settle } from '../support/fake-clock.ts';
import { type Ear, imageOf, listen, names, pod, podKey, put, refusal } from './store-world.ts';

export interface StoreUnderTest {
  store: Store;
  /** Moves the store's clock on. */
  advance(ms: number): Promise<void>;
  /** Stops the store and removes what it left. */
  close(): Promise<void>;
}

/** Opens a started store whose history keeps 20 changes for one minute. */
export type OpenStore = () => Promise<StoreUnderTest>;

export function storeContract(name: string, open: OpenStore): void {
  describe(`${name} as a store`, () => {
    let world: StoreUnderTest;
    let store: Store;

    beforeEach(async () => {
      world = await open();
      store = world.store;
    });
    afterEach(() => world.close());

    describe('commits', () => {
      it('answers the object with its revision, deeply frozen, and reads give the same one', async () => {
        const before = store.revision;
        const [stored] = await store.commit([{ key: podKey('a'), object: pod('a') }]);
        expect(stored?.metadata.resourceVersion).to.equal(String(before + 1));
        expect(store.revision).to.equal(before + 1);
        expect(await store.get(podKey('a'))).to.equal(stored);
        expect(Object.isFrozen(stored)).to.equal(true);
        expect(Object.isFrozen(stored?.metadata.labels)).to.equal(true);
      });

      it('leaves the object that it was given with its own resourceVersion', async () => {
        const given = pod('a');
        await store.commit([{ key: podKey('a'), object: given }]);
        expect(given.metadata?.resourceVersion).to.equal(undefined);
      });

      it('gives all writes of one commit the same revision', async () => {
        const answers = await store.commit([
          { key: podKey('a'), object: pod('a') },
          { key: podKey('b'), object: pod('b') },
        ]);
        const revisions = answers.map(({ metadata }) => Number(metadata.resourceVersion));
        expect(revisions).to.deep.equal([store.revision, store.revision]);
      });

      it('refuses all of it when something under a guard is newer, and tells what', async () => {
        const [first] = await store.commit([{ key: podKey('a'), object: pod('a') }]);
        const after = Number(first?.metadata.resourceVersion);
        const guards = [{ prefix: '/core/pods/', after }];
        const write = (name: string) => [{ key: podKey(name), object: pod(name) }];
        await store.commit(write('b'), guards);
        const error = await refusal(store.commit(write('c'), guards));
        expect(error).to.include({ code: 'overtaken', key: '/core/pods/', current: store.revision });
        expect(await store.get(podKey('c'))).to.equal(undefined);
        await store.commit(write('c'), [
          { prefix: '/core/secrets/', after: 0 },
          { prefix: podKey('a'), after },
        ]);
        const fresh = [{ prefix: '/core/pods/', after: store.revision }];
        const both = await Promise.allSettled([
          store.commit(write('d'), fresh),
          store.commit(write('e'), fresh),
        ]);
        expect(both.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected']);
      });

      it('does nothing for no writes', async () => {
        const before = store.revision;
        expect(await store.commit([])).to.deep.equal([]);
        expect(store.revision).to.equal(before);
      });

      it('creates only what is absent when 0 is expected', async () => {
        const revision = await put(store, 'a');
        const error = await refusal(
          store.commit([{ key: podKey('a'), object: pod('a', 'other'), expected: 0 }]),
        );
        expect(error).to.be.instanceOf(StoreError);
        expect([error.code, error.key, error.current]).to.deep.equal(['conflict', podKey('a'), revision]);
        expect(imageOf(await store.get(podKey('a')))).to.equal('busybox');
      });

      it('changes only the version that is expected', async () => {
        const first = await put(store, 'a', 'one');
        const second = await put(store, 'a', 'two');
        const stale = await refusal(
          store.commit([{ key: podKey('a'), object: pod('a', 'x'), expected: first }]),
        );
        expect([stale.code, stale.current]).to.deep.equal(['conflict', second]);
        await store.commit([{ key: podKey('a'), object: pod('a', 'three'), expected: second }]);
        expect(imageOf(await store.get(podKey('a')))).to.equal('three');
      });

      it('writes nothing of a commit of which one expectation fails', async () => {
        await put(store, 'a', 'one');
        const before = store.revision;
        const error = await refusal(
          store.commit([
            { key: podKey('b'), object: pod('b') },
            { key: podKey('a'), object: pod('a', 'two'), expected: 0 },
          ]),
        );
        expect(error.code).to.equal('conflict');
        expect(await names(store)).to.deep.equal(['a']);
        expect(store.revision).to.equal(before);
      });

      it('deletes, and answers what was there with the revision of the deletion', async () => {
        await put(store, 'a', 'one');
        const [deleted] = await store.commit([{ key: podKey('a') }]);
        expect(imageOf(deleted)).to.equal('one');
        expect(deleted?.metadata.resourceVersion).to.equal(String(store.revision));
        expect(await store.get(podKey('a'))).to.equal(undefined);
      });

      it('refuses to delete what is absent', async () => {
        const error = await refusal(store.commit([{ key: podKey('a') }]));
        expect([error.code, error.key, error.current]).to.deep.equal(['conflict', podKey('a'), 0]);
      });

      it('carries out what is asked of one key in that order', async () => {
        const ear = listen(store, '/');
        const images = Array.from({ length: 10 }, (_, i) => `image-${i}`);
        await Promise.all(images.map((image) => put(store, 'a', image)));
        expect(ear.changes.map(({ object }) => imageOf(object))).to.deep.equal(images);
      });

      it('lets exactly one of many writers win who expect the same version', async () => {
        const revision = await put(store, 'a', 'start');
        const outcomes = await Promise.allSettled(
          Array.from({ length: 10 }, (_, writer) =>
            store.commit([{ key: podKey('a'), object: pod('a', `writer-${writer}`), expected: revision }]),
          ),
        );
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
      });

      it('shows a writer that lost what it lost against', async () => {
        const revision = await put(store, 'a', 'start');
        const winner = store.commit([{ key: podKey('a'), object: pod('a', 'winner'), expected: revision }]);
        const lost = await refusal(
          store.commit([{ key: podKey('a'), object: pod('a', 'loser'), expected: revision }]),
        );
        const there = await store.get(podKey('a'));
        expect(imageOf(there)).to.equal('winner');
        expect(there?.metadata.resourceVersion).to.equal(String(lost.current));
        await winner;
      });

      it('refuses two writes to one key, and keys that are none', async () => {
        const twice = refusal(store.commit([{ key: podKey('a'), object: pod('a') }, { key: podKey('a') }]));
        expect(await twice).to.be.instanceOf(TypeError);
        const badKey = refusal(store.commit([{ key: '/core/pods/a', object: pod('a') }]));
        expect(await badKey).to.be.instanceOf(TypeError);
        expect(await store.count('/')).to.equal(0);
      });
    });

    describe('volatile writes', () => {
      const lease = (time: string) => ({ kind: 'Lease', metadata: { name: 'n1', annotations: { time } } });
      const key = '/coordination.k8s.io/leases/kube-node-lease/n1';

      it('are read, listed and compared like all others', async () => {
        const [first] = await store.commit([{ key, object: lease('1'), volatile: true, expected: 0 }]);
        expect(await store.get(key)).to.equal(first);
        const stale = await refusal(store.commit([{ key, object: lease('2'), volatile: true, expected: 0 }]));
        expect(stale.code).to.equal('conflict');
        expect(await names(store, '/coordination.k8s.io/')).to.deep.equal(['n1']);
      });

      it('are ordered and heard among the durable ones', async () => {
        const ear = listen(store, '/');
        const start = store.revision;
        await put(store, 'a');
        await store.commit([{ key, object: lease('1'), volatile: true }]);
        await put(store, 'b');
        await store.commit([{ key, object: lease('2'), volatile: true }]);
        expect(ear.heard()).to.deep.equal([
          `${start + 1} created a`,
          `${start + 2} created n1`,
          `${start + 3} created b`,
          `${start + 4} changed n1`,
        ]);
      });
    });

    describe('lists', () => {
      it('are sorted by key and end at the prefix', async () => {
        for (const name of ['b', 'a', 'c']) await put(store, name);
        await store.commit([{ key: podKey('z', 'default-2'), object: pod('z') }]);
        await store.commit([{ key: '/apps/deployments/default/d', object: pod('d') }]);
        await store.commit([{ key: '/core/podtemplates/default/t', object: pod('t') }]);
        expect(await names(store, '/core/pods/default/')).to.deep.equal(['a', 'b', 'c']);
        // `-` sorts before `/`, as in any order of keys.
        expect(await names(store, '/core/pods/')).to.deep.equal(['z', 'a', 'b', 'c']);
        expect(await names(store, '/')).to.deep.equal(['d', 'z', 'a', 'b', 'c', 't']);
        expect(await store.count('/core/pods/')).to.equal(4);
        expect(await store.count('/none/')).to.equal(0);
      });

      it('come in pages that say what remains', async () => {
        for (const name of ['a', 'b', 'c', 'd', 'e']) await put(store, name);
        const first = await store.list('/core/pods/', { limit: 2 });
        expect(first.objects.map(({ metadata }) => metadata.name)).to.deep.equal(['a', 'b']);
        expect([first.remaining, first.last]).to.deep.equal([3, podKey('b')]);
        const rest = await store.list('/core/pods/', { limit: 3, after: first.last ?? '' });
        expect(rest.objects.map(({ metadata }) => metadata.name)).to.deep.equal(['c', 'd', 'e']);
        expect([rest.remaining, rest.last]).to.deep.equal([0, undefined]);
      });

      it('show one revision over all pages, whatever is written meanwhile', async () => {
        for (const name of ['a', 'b', 'c', 'd', 'e']) await put(store, name, 'old');
        const seen: string[] = [];
        let page = await store.list('/core/pods/', { limit: 2 });
        const { revision } = page;
        for (let round = 0; ; round++) {
          seen.push(...page.objects.map((object) => `${object.metadata.name} ${imageOf(object)}`));
          if (page.remaining === 0) break;
          expect(page.objects.length + page.remaining).to.equal(5 - 2 * round);
          await put(store, 'd', `new-${round}`);
          await put(store, `c${round}`, 'added');
          if (round === 0) await store.commit([{ key: podKey('e') }]);
          page = await store.list('/core/pods/', { limit: 2, after: page.last ?? '', revision });
          expect(page.revision).to.equal(revision);
        }
        expect(seen).to.deep.equal(['a old', 'b old', 'c old', 'd old', 'e old']);
        expect(await names(store, '/core/pods/')).to.deep.equal(['a', 'b', 'c', 'c0', 'c1', 'd']);
      });

      it('all at once are those of one revision, and stay so', async () => {
        await put(store, 'a', 'before');
        await store.commit([{ key: podKey('v'), object: pod('v'), volatile: true }]);
        const { revision, objects } = await store.all();
        expect(revision).to.equal(store.revision);
        await put(store, 'a', 'after');
        await put(store, 'b');
        expect([...objects.keys()].sort()).to.deep.equal([podKey('a'), podKey('v')]);
        expect(imageOf(objects.get(podKey('a')))).to.equal('before');
      });

      it('are the same after what is at rest was written anew', async () => {
        await put(store, 'a', 'one');
        await put(store, 'a', 'two');
        await put(store, 'b');
        await store.commit([{ key: podKey('b') }]);
        await store.rewrite();
        const { objects } = await store.list('/');
        expect(objects.map(imageOf)).to.deep.equal(['two']);
        await put(store, 'a', 'three');
        expect(imageOf(await store.get(podKey('a')))).to.equal('three');
      });

      it('of a revision that is not reached are refused', async () => {
        const error = await refusal(store.list('/', { revision: store.revision + 1 }));
        expect(error.code).to.equal('future');
      });

      it('of a revision that history has forgotten are refused', async () => {
        const old = await put(store, 'a');
        for (let i = 0; i < 20; i++) await put(store, 'b', String(i));
        expect((await store.list('/', { revision: old })).objects).to.have.length(1);
        await put(store, 'b', 'one too many');
        expect((await refusal(store.list('/', { revision: old }))).code).to.equal('compacted');
      });
    });

    describe('watches', () => {
      it('hear each change under their prefix once, in order, with what was there before', async () => {
        const ear = listen(store, '/core/pods/');
        const start = store.revision;
        await put(store, 'a', 'one');
        await put(store, 'a', 'two');
        await store.commit([{ key: '/apps/deployments/default/d', object: pod('d') }]);
        await store.commit([{ key: podKey('a') }]);
        expect(ear.heard()).to.deep.equal([
          `${start + 1} created a`,
          `${start + 2} changed a`,
          `${start + 4} deleted a`,
        ]);
        const images = ear.changes.map(({ object, previous }) => [imageOf(previous), imageOf(object)]);
        expect(images).to.deep.equal([
          [undefined, 'one'],
          ['one', 'two'],
          ['two', undefined],
        ]);
      });

      it('hear a commit of several writes in one call', async () => {
        const calls: number[] = [];
        store.watch('/', { onChanges: (changes) => calls.push(changes.length), onEnd: () => {} });
        await store.commit(['a', 'b', 'c'].map((name) => ({ key: podKey(name), object: pod(name) })));
        expect(calls).to.deep.equal([3]);
      });

      it('hear of a commit before its writer does, and find it there', async () => {
        const order: string[] = [];
        store.watch('/', {
          onChanges: ([change]) => order.push(`heard at ${store.revision === change?.revision}`),
          onEnd: () => {},
        });
        await put(store, 'a');
        order.push('answered');
        expect(order).to.deep.equal(['heard at true', 'answered']);
      });

      it('from a revision hear first what came after it, then what comes', async () => {
        const first = await put(store, 'a');
        await put(store, 'b');
        const ear = listen(store, '/', first);
        await put(store, 'c');
        await settle();
        expect(ear.heard()).to.deep.equal([`${first + 1} created b`, `${first + 2} created c`]);
      });

      it('hear nothing more after a stop, also within the call that stops them', async () => {
        const stopped = listen(store, '/', store.revision);
        await put(store, 'a');
        stopped.watch.stop();
        await put(store, 'b');
        expect(stopped.changes).to.have.length(1);
        const caughtUp = listen(store, '/', store.revision - 2);
        caughtUp.watch.stop();
        await settle();
        expect(caughtUp.changes).to.have.length(0);
      });

      it('go on when one of them throws', async () => {
        store.watch('/', {
          onChanges: () => {
            throw new Error('a bad watcher');
          },
          onEnd: () => {},
        });
        const ear = listen(store, '/');
        await put(store, 'a');
        await put(store, 'b');
        expect(ear.changes).to.have.length(2);
      });

      it('hear all commits in order when one of them commits while it listens', async () => {
        const echoes: Promise<unknown>[] = [];
        store.watch('/core/pods/', {
          onChanges: ([change]) => {
            const object = { metadata: { name: `echo-${change?.revision}` } };
            const key = `/core/events/default/echo-${change?.revision}`;
            echoes.push(store.commit([{ key, object, volatile: true }]));
          },
          onEnd: () => {},
        });
        const ear = listen(store, '/');
        await Promise.all([put(store, 'a'), put(store, 'b')]);
        await Promise.all(echoes);
        const revisions = ear.changes.map(({ revision }) => revision);
        expect(revisions).to.have.length(4);
        expect(revisions).to.deep.equal([...revisions].sort((a, b) => a - b));
      });

      it('begun by a watcher while it listens hear only what comes after', async () => {
        const begun: { ear: Ear; from: number }[] = [];
        store.watch('/core/pods/', {
          onChanges: () => {
            const object = { metadata: { name: 'echo' } };
            void store.commit([{ key: '/core/events/default/echo', object, volatile: true }]);
            begun.push({ ear: listen(store, '/'), from: store.revision });
          },
          onEnd: () => {},
        });
        await put(store, 'a');
        await put(store, 'b');
        await settle();
        expect(begun).to.have.length(2);
        for (const { ear, from } of begun) {
          const expected = Array.from({ length: store.revision - from }, (_, at) => from + 1 + at);
          expect(ear.changes.map(({ revision }) => revision)).to.deep.equal(expected);
        }
      });

      it('from a forgotten or an unreached revision are refused', async () => {
        const old = await put(store, 'a');
        for (let i = 0; i < 21; i++) await put(store, 'b', String(i));
        expect(() => listen(store, '/', old))
          .to.throw(StoreError)
          .with.property('code', 'compacted');
        expect(() => listen(store, '/', store.revision + 1))
          .to.throw(StoreError)
          .with.property('code', 'future');
      });

      it('cannot go back further than history is old', async () => {
        const old = await put(store, 'a');
        await put(store, 'b');
        listen(store, '/', old).watch.stop();
        await world.advance(61_000);
        expect(() => listen(store, '/', old))
          .to.throw(StoreError)
          .with.property('code', 'compacted');
        listen(store, '/', store.revision).watch.stop();
      });

      it('end with the store', async () => {
        const ear = listen(store, '/');
        await store.stop();
        expect(ear.ended?.code).to.equal('closed');
      });
    });

    it('takes nothing after a stop', async () => {
      await put(store, 'a');
      await store.stop();
      expect((await refusal(put(store, 'b'))).code).to.equal('closed');
      expect((await refusal(store.get(podKey('a')))).code).to.equal('closed');
      expect((await refusal(store.list('/'))).code).to.equal('closed');
      expect(() => listen(store, '/'))
        .to.throw(StoreError)
        .with.property('code', 'closed');
    });
  });
}
