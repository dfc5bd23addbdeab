// What a hub does with a term: its keepers work for as long as it lasts, and its health tells of another hub's otherwise.

import { expect } from 'chai';
import { Leading } from '../../../hub/leading.ts';
import { PartHealth } from '../../../hub/part-health.ts';
import { createLog, type Part } from '../../../shared/base/index.ts';
import { createClient } from '../../../shared/client/index.ts';
import { type ApiServerFixture, admin, startApiServer } from '../../support/apiserver.ts';
import { until } from '../../support/until.ts';

describe('leading', () => {
  const wrong = (health: PartHealth) => health.checks().map(({ check }) => check());
  let fixture: ApiServerFixture;
  let health: PartHealth;

  beforeEach(async () => {
    fixture = await startApiServer();
    health = new PartHealth('scheduler');
  });
  afterEach(() => fixture.stop());

  function leading(work: Omit<Part, 'name'>): Leading {
    const { api, clock } = fixture;
    return new Leading({
      ...{ shared: true, id: 'a', clock, log: createLog('test', 'silent') },
      client: createClient(api.transport({ user: admin })),
      following: () => health.rests('scheduler'),
      keepers: () => [health.watched('scheduler', { name: 'work', ...work })],
    });
  }

  it('is well while it follows, leads, and after a term that could not begin', async () => {
    let begun = 0;
    const hub = leading({
      start: () => {
        begun += 1;
        if (begun === 1) throw new Error('cannot begin');
      },
    });
    await hub.start();
    expect(wrong(health)).to.deep.equal([undefined]);
    await until('the first term', () => begun === 1);
    await until('it to be well', () => wrong(health)[0] === undefined);
    await until('the second term', async () => {
      await fixture.clock.advance(500);
      return begun === 2;
    });
    expect(wrong(health)).to.deep.equal([undefined]);
    await hub.stop();
  });
});
