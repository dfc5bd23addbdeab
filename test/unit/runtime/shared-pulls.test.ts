// A pull that several wait for: its progress, and its end when nobody does.

import { expect } from 'chai';
import { RuntimeFailure } from '../../../edge-agent/runtime/index.ts';
import { PullSlots } from '../../../edge-agent/runtime/pull-slots.ts';
import { type PullRun, SharedPulls } from '../../../edge-agent/runtime/shared-pulls.ts';
import { type Deferred, deferred } from '../../../shared/base/index.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

interface Begun {
  run: PullRun;
  end: Deferred<string>;
}

describe('a pull that is shared', () => {
  let clock: FakeClock;
  let pulls: SharedPulls<string>;
  let begun: Begun[];

  beforeEach(() => {
    clock = new FakeClock();
    pulls = new SharedPulls({ slots: new PullSlots(1), clock });
    begun = [];
  });

  function wait(key: string) {
    const gone = new AbortController();
    const heard: number[] = [];
    const listener = { pulling() {}, progress: (done: number) => heard.push(done) };
    const over = pulls
      .join(key, { listener, signal: gone.signal }, (run) => {
        const end = deferred<string>();
        begun.push({ run, end });
        return end.promise;
      })
      .catch((error: unknown) => error);
    return { over, heard, leave: () => gone.abort() };
  }

  it('runs once for all who wait, and tells each of its progress once a second', async () => {
    const [first, second] = [wait('a'), wait('a')];
    await settle();
    expect(begun).to.have.lengthOf(1);
    for (const bytes of [1, 2, 3]) {
      begun[0]?.run.progress(bytes, 10);
      await clock.advance(600);
    }
    begun[0]?.end.resolve('there');
    expect(await first.over).to.equal('there');
    expect(await second.over).to.equal('there');
    expect(first.heard).to.deep.equal([1, 3]);
    expect(second.heard).to.deep.equal([1, 3]);
  });

  it('goes on as long as one waits, and is given up then', async () => {
    const [first, second] = [wait('a'), wait('a')];
    await settle();
    first.leave();
    expect(await first.over).to.be.instanceOf(RuntimeFailure);
    expect(begun[0]?.run.signal.aborted).to.equal(false);
    second.leave();
    await second.over;
    expect(begun[0]?.run.signal.aborted).to.equal(true);
  });

  it('begins anew for who comes later, but not before the one that was given up has ended', async () => {
    const first = wait('a');
    await settle();
    first.leave();
    await first.over;
    const second = wait('a');
    await settle();
    expect(begun).to.have.lengthOf(1);
    begun[0]?.end.reject(new Error('stopped'));
    await settle();
    expect(begun).to.have.lengthOf(2);
    begun[1]?.end.resolve('there');
    expect(await second.over).to.equal('there');
  });

  it('that still stands in line is never begun for nobody', async () => {
    const [first, second] = [wait('a'), wait('b')];
    await settle();
    second.leave();
    await second.over;
    begun[0]?.end.resolve('there');
    expect(await first.over).to.equal('there');
    await settle();
    expect(begun).to.have.lengthOf(1);
  });

  it('waits for those of other runtimes with the same slots', async () => {
    const slots = new PullSlots(1);
    const [one, other] = [
      new SharedPulls<string>({ slots, clock }),
      new SharedPulls<string>({ slots, clock }),
    ];
    const first = deferred<string>();
    const began: string[] = [];
    const who = { listener: { pulling() {} }, signal: undefined };
    const running = one.join('a', who, () => first.promise);
    const waiting = other.join('b', who, async () => {
      began.push('b');
      return 'b';
    });
    await settle();
    expect(began).to.deep.equal([]);
    first.resolve('a');
    expect([await running, await waiting]).to.deep.equal(['a', 'b']);
  });
});
