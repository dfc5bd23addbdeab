// The pace at which costly keys take their turns.

import { expect } from 'chai';
import { Pace } from '../../../hub/controllers/services/pace.ts';
import { FakeClock } from '../../support/fake-clock.ts';

describe('the pace of a key', () => {
  it('never lets a small one wait', () => {
    const pace = new Pace(new FakeClock());
    expect([1, 2, 3].map(() => pace.untilTurn('a', 4))).to.eql([0, 0, 0]);
  });

  it('lets a large one wait from turn to turn, the longer the larger it is', async () => {
    const clock = new FakeClock();
    const pace = new Pace(clock);
    expect(pace.untilTurn('a', 500)).to.equal(0);
    expect(pace.untilTurn('a', 500)).to.equal(100);
    await clock.advance(60);
    expect(pace.untilTurn('a', 500)).to.equal(40);
    expect(pace.untilTurn('b', 500)).to.equal(0);
    await clock.advance(40);
    expect(pace.untilTurn('a', 500)).to.equal(0);
    pace.forget('a');
    expect(pace.untilTurn('a', 500)).to.equal(0);
  });
});
