// The queue of keys: once each, never twice at the same time, later when asked, slower after failures.

import { expect } from 'chai';
import fc from 'fast-check';
import { systemClock } from '../../../shared/base/index.ts';
import { WorkQueue } from '../../../shared/client/index.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

describe('a work queue', () => {
  const open = (limit?: number) => {
    const clock = new FakeClock();
    const refused: string[] = [];
    const queue = new WorkQueue({ clock, ...(limit && { limit }), onFull: (key) => refused.push(key) });
    return { clock, queue, refused };
  };

  it('hands out each key once, in the order of asking', async () => {
    const { queue } = open();
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect([await queue.take(), await queue.take(), await queue.take()]).to.eql(['a', 'b', 'c']);
    expect(queue.length).to.equal(0);
  });

  it('brings a key back that was added while in work, after that work and not before', async () => {
    const { queue } = open();
    queue.add('a');
    expect(await queue.take()).to.equal('a');
    queue.add('a');
    expect(queue.length).to.equal(0);
    queue.done('a');
    expect(await queue.take()).to.equal('a');
    queue.done('a');
    expect(queue.idle).to.equal(true);
  });

  it('gives a key to who waits, at once', async () => {
    const { queue } = open();
    const first = queue.take();
    const second = queue.take();
    queue.add('a');
    queue.add('b');
    expect([await first, await second]).to.eql(['a', 'b']);
  });

  it('keeps a delayed key until its time, and the soonest of several times counts', async () => {
    const { clock, queue } = open();
    queue.addAfter('a', 1000);
    queue.addAfter('a', 300);
    queue.addAfter('a', 700);
    await clock.advance(299);
    expect(queue.length).to.equal(0);
    await clock.advance(1);
    expect(queue.length).to.equal(1);
    expect(await queue.take()).to.equal('a');
    queue.done('a');
    await clock.advance(5000);
    expect(queue.idle).to.equal(true);
    expect(clock.timers).to.equal(0);
  });

  it('looks again within an hour, however far away a time is: timers hold 24 days, and the clock on the wall may jump', async () => {
    for (const wait of [3_600_001, 40 * 86_400_000, Number.MAX_SAFE_INTEGER]) {
      const { clock, queue } = open();
      queue.addAfter('a', wait);
      await clock.advance(3_599_999);
      expect(queue.length).to.equal(0);
      await clock.advance(1);
      expect(queue.length).to.equal(1);
    }
  });

  it('lets a real timer wait, also for longer than it can count', async () => {
    const queue = new WorkQueue({ clock: systemClock });
    queue.addAfter('far', 2 ** 31 + 1000);
    queue.addAfter('near', 5);
    expect(await queue.take()).to.equal('near');
    expect(queue.length).to.equal(0);
    queue.close();
  });

  it('waits twice as long after each failure, and forgets them after a success', () => {
    const { queue } = open();
    expect([1, 2, 3, 4].map(() => queue.retry('a'))).to.eql([5, 10, 20, 40]);
    for (let times = 0; times < 20; times += 1) queue.retry('a');
    expect(queue.retry('a')).to.equal(60_000);
    queue.forget('a');
    expect(queue.retry('a')).to.equal(5);
  });

  it('has a bound and says so', () => {
    const { queue, refused } = open(2);
    queue.add('a');
    queue.addAfter('b', 50);
    queue.add('c');
    queue.addAfter('d', 50);
    expect(refused).to.eql(['c', 'd']);
  });

  it('sends everyone home when it closes, and leaves no timer', async () => {
    const { clock, queue } = open();
    const waiting = queue.take();
    queue.addAfter('a', 10);
    queue.close();
    queue.add('b');
    expect(await waiting).to.equal(undefined);
    expect(await queue.take()).to.equal(undefined);
    expect(clock.timers).to.equal(0);
  });

  it('never loses a key and never works on one twice at once, whatever happens', async () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      act: fc.constantFrom('add', 'addAfter', 'retry', 'take', 'done', 'time'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, queue } = open();
        const owed = new Set<string>();
        const inWork = new Set<string>();
        async function takeOne() {
          if (queue.length === 0) return;
          const key = (await queue.take()) ?? '';
          expect(inWork.has(key)).to.equal(false);
          inWork.add(key);
          owed.delete(key);
        }
        for (const { key, act } of steps) {
          if (act === 'take') await takeOne();
          else if (act === 'time') await clock.advance(20);
          else if (act === 'done') {
            if (inWork.delete(key)) queue.done(key);
          } else {
            owed.add(key);
            if (act === 'add') queue.add(key);
            else if (act === 'retry') queue.retry(key);
            else queue.addAfter(key, 15);
          }
        }
        await clock.advance(120_000);
        for (const key of inWork) queue.done(key);
        inWork.clear();
        while (queue.length > 0) await takeOne();
        expect([...owed]).to.eql([]);
      }),
      { numRuns: 60 },
    );
    await settle();
  });
});
