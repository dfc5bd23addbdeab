// The order in which pods are tried, and when again.

import { expect } from 'chai';
import { SchedulingQueue } from '../../../hub/scheduler/scheduling-queue.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function open() {
  const clock = new FakeClock();
  let activated = 0;
  const queue = new SchedulingQueue({
    clock,
    onActive: () => {
      activated += 1;
    },
  });
  const takeAll = () => {
    const taken: string[] = [];
    for (let key = queue.take(); key !== undefined; key = queue.take()) taken.push(key);
    return taken;
  };
  return { clock, queue, takeAll, activated: () => activated };
}

describe('the scheduling queue', () => {
  it('takes the more important first, and of equals the one that came first', () => {
    const { queue, takeAll } = open();
    queue.add('a', 0);
    queue.add('b', 10);
    queue.add('c', 0);
    queue.add('d', 10);
    queue.add('a', 0);
    expect(takeAll()).to.eql(['b', 'd', 'a', 'c']);
  });

  it('forgets who has a node', () => {
    const { queue, takeAll } = open();
    queue.add('a', 0);
    queue.add('b', 0);
    queue.remove('a');
    expect(takeAll()).to.eql(['b']);
    expect(queue.has('a')).to.equal(false);
  });

  it('wakes those that a change helps, after their backoff', async () => {
    const { clock, queue, takeAll } = open();
    for (const key of ['a', 'b']) {
      queue.add(key, 0);
      queue.take();
      queue.refuse(key);
    }
    queue.wake((key) => key === 'a');
    expect(takeAll()).to.eql([]);
    await clock.advance(100);
    expect(takeAll()).to.eql(['a']);
    await clock.advance(60_000);
    queue.wake(() => true);
    expect(takeAll()).to.eql(['b']);
  });

  it('waits longer after each try', async () => {
    const { clock, queue, takeAll } = open();
    queue.add('a', 0);
    const waits: number[] = [];
    for (let turn = 0; turn < 9; turn += 1) {
      expect(takeAll()).to.eql(['a']);
      queue.refuse('a');
      queue.wake(() => true);
      waits.push(clock.untilNext ?? 0);
      await clock.advance(clock.untilNext ?? 0);
    }
    expect(waits).to.eql([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  it('tries at once a pod whose wish has changed', () => {
    const { queue, takeAll, activated } = open();
    queue.add('a', 0);
    queue.take();
    queue.refuse('a');
    queue.add('a', 0);
    expect(takeAll()).to.eql(['a']);
    expect(activated()).to.equal(2);
  });

  it('leaves no timer behind', () => {
    const { clock, queue } = open();
    queue.add('a', 0);
    queue.take();
    queue.retry('a');
    expect(clock.timers).to.equal(1);
    queue.clear();
    expect(clock.timers).to.equal(0);
  });
});
