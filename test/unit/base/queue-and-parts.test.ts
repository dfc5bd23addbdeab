import { expect } from 'chai';
import { CoalescingQueue, deferred, type Part, startAll, stopAll } from '../../../shared/base/index.ts';

describe('an outbox that coalesces', () => {
  it('sends the newest value of a key, at the place of its first', () => {
    const queue = new CoalescingQueue<string, number>({ capacity: 10 });
    queue.put('a', 1);
    queue.put('b', 2);
    queue.put('a', 3);
    expect(queue.size).to.equal(2);
    expect(queue.peek()).to.deep.equal(['a', 3]);
    expect(queue.takeAll()).to.deep.equal([
      ['a', 3],
      ['b', 2],
    ]);
    expect(queue.take()).to.equal(undefined);
  });

  it('drops the oldest when it is full, and says so', () => {
    const queue = new CoalescingQueue<string, number>({ capacity: 2 });
    expect(queue.put('a', 1)).to.equal(undefined);
    queue.put('b', 2);
    expect(queue.put('b', 3)).to.equal(undefined);
    expect(queue.put('c', 4)).to.deep.equal(['a', 1]);
    expect(queue.takeAll(1)).to.deep.equal([['b', 3]]);
    expect(queue.size).to.equal(1);
  });

  it('takes back what was not sent, unless something newer waits', () => {
    const queue = new CoalescingQueue<string, number>({ capacity: 10 });
    queue.put('a', 1);
    queue.put('b', 2);
    const sending = queue.takeAll();
    queue.put('c', 4);
    queue.put('a', 3);
    queue.putBack(sending);
    expect(queue.takeAll()).to.deep.equal([
      ['a', 3],
      ['b', 2],
      ['c', 4],
    ]);
  });
});

describe('a deferred promise', () => {
  it('is settled from outside', async () => {
    const answer = deferred<number>();
    answer.resolve(5);
    expect(await answer.promise).to.equal(5);
    const failure = deferred();
    failure.reject(new Error('no'));
    const error = await failure.promise.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Error).with.property('message', 'no');
  });
});

describe('the parts of a program', () => {
  function part(name: string, said: string[], failing: 'start' | 'stop' | 'never' = 'never'): Part {
    const say = (what: 'start' | 'stop') => () => {
      said.push(`${what} ${name}`);
      if (failing === what) throw new Error(`${name} cannot ${what}`);
    };
    return { name, start: say('start'), stop: say('stop') };
  }

  it('start in order and stop in reverse', async () => {
    const said: string[] = [];
    const parts = [part('store', said), part('door', said)];
    await startAll(parts);
    await stopAll(parts);
    expect(said).to.deep.equal(['start store', 'start door', 'stop door', 'stop store']);
  });

  it('stop again when one of them does not start', async () => {
    const said: string[] = [];
    const parts = [part('store', said), part('door', said, 'start'), part('bridge', said)];
    const error = await startAll(parts).catch((reason: unknown) => reason);
    expect(error).to.have.property('message', 'door cannot start');
    expect(said).to.deep.equal(['start store', 'start door', 'stop door', 'stop store']);
  });

  it('all stop although one fails to', async () => {
    const said: string[] = [];
    const error = await stopAll([part('store', said), part('door', said, 'stop')]).catch(
      (reason: unknown) => reason,
    );
    expect(said).to.deep.equal(['stop door', 'stop store']);
    expect(error).to.be.instanceOf(AggregateError).with.property('message', 'stopping door');
  });
});
