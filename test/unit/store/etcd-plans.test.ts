import { expect } from 'chai';
import fc from 'fast-check';
import { etcdFailure } from '../../../hub/store/etcd/etcd-failure.ts';
import { KeyTurns } from '../../../hub/store/etcd/key-turns.ts';
import { planResync } from '../../../hub/store/etcd/plan-resync.ts';
import { decodeValue, encodeValue } from '../../../hub/store/etcd/value.ts';
import { asLive } from '../../../hub/store/live.ts';
import { deferred } from '../../../shared/base/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';

describe('a value in etcd', () => {
  it('keeps any text, and the mark of its commit', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.nat().map((count) => `0123456789-${count.toString(36)}`),
        (text, mark) => {
          expect(decodeValue(encodeValue({ text, mark }))).to.deep.equal({ text, mark });
        },
      ),
    );
  });

  it('that somebody else wrote has no mark', () => {
    for (const text of ['', '{}', '{"a":"b"}\n', 'x\n"Y"']) {
      expect(decodeValue(Buffer.from(text))).to.deep.equal({ text, mark: '' });
    }
  });
});

describe('what changed while etcd was compacted', () => {
  const revisionOf = fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined });
  const stateOf = fc.record({ a: revisionOf, b: revisionOf, c: revisionOf, d: revisionOf });

  it('leads from what was held to what is there, in the order of revisions', () => {
    fc.assert(
      fc.property(stateOf, stateOf, fc.nat(19), (first, second, from) => {
        const held = objects(first);
        const now = objects(second);
        const batches = planResync(held, now, { from, to: 20 });
        const revisions = batches.map(({ revision }) => revision);
        expect(revisions).to.deep.equal([...new Set(revisions)].sort((a, b) => a - b));
        expect(revisions.at(-1)).to.equal(20);
        expect(Math.min(...revisions)).to.be.greaterThan(from);
        const state = new Map(held);
        for (const { revision, changes } of batches) {
          for (const change of changes) {
            expect(change.revision).to.equal(revision);
            expect(change.previous).to.equal(state.get(change.key));
            if (change.object) state.set(change.key, change.object);
            else state.delete(change.key);
          }
        }
        expect(versions(state)).to.deep.equal(versions(now));
      }),
    );
  });

  function objects(state: Readonly<Record<string, number | undefined>>): Map<string, Live> {
    return new Map(
      Object.entries(state).flatMap(([name, revision]) =>
        revision === undefined ? [] : [[`/core/pods/default/${name}`, object(name, revision)] as const],
      ),
    );
  }

  function object(name: string, revision: number): Live {
    return asLive({ metadata: { name, resourceVersion: String(revision) } });
  }

  function versions(state: ReadonlyMap<string, Live>): string[] {
    return [...state].map(([key, { metadata }]) => `${key} ${metadata.resourceVersion}`).sort();
  }
});

describe('turns at keys', () => {
  it('go in the order of asking for each key, and side by side for different ones', async () => {
    const turns = new KeyTurns();
    const order: string[] = [];
    const first = deferred();
    const one = turns.run(['a', 'b'], async () => {
      await first.promise;
      order.push('a, b');
    });
    const two = turns.run(['b', 'c'], async () => order.push('b, c'));
    const three = turns.run(['c'], async () => order.push('c'));
    await turns.run(['d'], async () => order.push('d'));
    first.resolve();
    await Promise.all([one, two, three]);
    expect(order).to.deep.equal(['d', 'a, b', 'b, c', 'c']);
  });

  it('go on after one that failed', async () => {
    const turns = new KeyTurns();
    const failed = turns.run(['a'], () => Promise.reject(new Error('no')));
    expect(await turns.run(['a'], async () => 'yes')).to.equal('yes');
    expect(await failed.catch(String)).to.equal('Error: no');
  });
});

describe('a failure of etcd', () => {
  for (const [message, kind, said] of [
    [
      '14 UNAVAILABLE: No connection established. Last error: null. Resolution note: ',
      'unsent',
      'No connection established.',
    ],
    ['14 UNAVAILABLE: read ECONNRESET', 'unknown', 'read ECONNRESET'],
    ['14 UNAVAILABLE: etcdserver: request timed out', 'unknown', 'request timed out'],
    [
      '4 DEADLINE_EXCEEDED: Deadline exceeded after 2.001s,time to current attempt start: 0.001s',
      'unknown',
      'after 2.001s',
    ],
    ['3 INVALID_ARGUMENT: etcdserver: request is too large', 'too-large', 'request is too large'],
    [
      '3 INVALID_ARGUMENT: etcdserver: too many operations in txn request',
      'too-large',
      'too many operations',
    ],
    ['8 RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded', 'refused', 'space exceeded'],
    ['8 RESOURCE_EXHAUSTED: etcdserver: too many requests', 'unsent', 'too many requests'],
    ['11 OUT_OF_RANGE: etcdserver: mvcc: required revision has been compacted', 'compacted', 'compacted'],
    ['7 PERMISSION_DENIED: etcdserver: permission denied', 'refused', 'permission denied'],
  ] as const) {
    it(`is ${kind}: ${message.slice(0, 60)}`, () => {
      const failure = etcdFailure('one:2379', new Error(message));
      expect(failure.kind).to.equal(kind);
      expect(failure.message)
        .to.match(/^etcd at one:2379: /)
        .and.to.contain(said);
      expect(failure.message).not.to.match(/[A-Z]_[A-Z]|Resolution note|attempt start/);
    });
  }
});
