// Pods that fitted nowhere are told so: at once as long as they are few, at a steady pace when they are many.

import { expect } from 'chai';
import { Refusals } from '../../../hub/scheduler/refusals.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const flood = Array.from({ length: 250 }, (_, index) => `default/p${index}`);

describe('what is told of pods that fitted nowhere', () => {
  let clock: FakeClock;
  let told: string[] = [];
  let refusals: Refusals;
  beforeEach(() => {
    clock = new FakeClock();
    told = [];
    refusals = new Refusals({ clock, tell: (key, message) => told.push(`${key}: ${message}`) });
  });

  it('is told at once of the first hundred, then of ten a second, in their order', async () => {
    for (const key of flood) refusals.add(key, 'full');
    expect(told).to.have.length(100);
    await clock.advance(5000);
    expect(told).to.have.length(150);
    await clock.advance(10_000);
    expect(told).to.deep.equal(flood.map((key) => `${key}: full`));
    await clock.advance(10_000);
    expect(told).to.have.length(250);
  });

  it('is only the newest, and nothing of who has found a node meanwhile', async () => {
    for (const key of flood) refusals.add(key, 'full');
    refusals.add('default/p249', 'still full');
    refusals.remove('default/p248');
    await clock.advance(15_000);
    expect(told.slice(-2)).to.deep.equal(['default/p247: full', 'default/p249: still full']);
  });

  it('is told at once again after a pause', async () => {
    for (const key of flood) refusals.add(key, 'full');
    await clock.advance(30_000);
    told = [];
    for (const key of flood) refusals.add(key, 'full');
    expect(told).to.have.length(100);
  });

  it('is nothing once it is cleared', async () => {
    for (const key of flood) refusals.add(key, 'full');
    refusals.clear();
    await clock.advance(10_000);
    expect(told).to.have.length(100);
  });
});
