// How a controller is run: its keys, its failures, its end.

import { expect } from 'chai';
import { createLog } from '../../../shared/base/index.ts';
import {
  type Controller,
  ControllerRunner,
  type Outcome,
  TerminalError,
} from '../../../shared/client/index.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

function run(reconcile: (key: string) => Promise<Outcome>, fields: Partial<Controller> = {}) {
  const clock = new FakeClock();
  let add: (key: string) => void = () => undefined;
  let left = false;
  const source = {
    synced: Promise.resolve(),
    subscribe: (take: (key: string) => void) => {
      add = take;
      return () => {
        left = true;
      };
    },
  };
  const controller: Controller = { name: 'test', sources: [source], reconcile, ...fields };
  const runner = new ControllerRunner({ controller, clock, log: createLog('test', 'silent') });
  return { clock, runner, add: (key: string) => add(key), hasLeft: () => left };
}

describe('a controller’s runner', () => {
  it('works on keys that came before it started, once everything is known', async () => {
    const done: string[] = [];
    let known: () => void = () => undefined;
    const synced = new Promise<void>((resolve) => {
      known = resolve;
    });
    const { runner, add } = run(async (key) => void done.push(key), { reads: [{ synced }] });
    const started = runner.start();
    add('a');
    await settle();
    expect(done).to.eql([]);
    known();
    await started;
    await settle();
    expect(done).to.eql(['a']);
    await runner.stop();
  });

  it('tries a failed key again, slower each time, and forgets that after a success', async () => {
    const times: number[] = [];
    let failing = true;
    const { clock, runner, add } = run(async () => {
      times.push(clock.monotonic());
      if (failing) throw new Error('not now');
    });
    await runner.start();
    add('a');
    await clock.advance(40);
    expect(times).to.eql([0, 5, 15, 35]);
    failing = false;
    await clock.advance(1000);
    expect(times).to.have.length(5);
    await runner.stop();
  });

  it('does not try again what cannot be done', async () => {
    let tries = 0;
    const { clock, runner, add } = run(async () => {
      tries += 1;
      throw new TerminalError('never');
    });
    await runner.start();
    add('a');
    await clock.advance(3_600_000);
    expect(tries).to.equal(1);
    await runner.stop();
  });

  it('looks again when it was asked to', async () => {
    const times: number[] = [];
    const { clock, runner, add } = run(async () => {
      times.push(clock.monotonic());
      return times.length < 3 ? { requeueAfter: 1000 } : undefined;
    });
    await runner.start();
    add('a');
    await clock.advance(10_000);
    expect(times).to.eql([0, 1000, 2000]);
    await runner.stop();
  });

  it('has as many keys in work as it has workers, and never one twice', async () => {
    let most = 0;
    const inWork = new Set<string>();
    const { clock, runner, add } = run(
      async (key) => {
        expect(inWork.has(key)).to.equal(false);
        inWork.add(key);
        most = Math.max(most, inWork.size);
        await clock.sleep(100);
        inWork.delete(key);
      },
      { workers: 2 },
    );
    await runner.start();
    for (const key of ['a', 'b', 'c', 'a', 'b']) add(key);
    await clock.advance(1000);
    expect(most).to.equal(2);
    expect(runner.idle).to.equal(true);
    await runner.stop();
  });

  it('ends after the work under way, and leaves nothing behind', async () => {
    let ended = false;
    const { clock, runner, add, hasLeft } = run(async () => {
      await clock.sleep(50);
      ended = true;
    });
    await runner.start();
    add('a');
    await settle();
    const stopped = runner.stop();
    await clock.advance(50);
    await stopped;
    expect(ended).to.equal(true);
    expect(hasLeft()).to.equal(true);
    expect(clock.timers).to.equal(0);
  });
});
