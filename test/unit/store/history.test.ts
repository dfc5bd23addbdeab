import { expect } from 'chai';
import { History } from '../../../hub/store/history.ts';
import { StoreError } from '../../../hub/store/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function batch(revision: number, changes = 1) {
  return {
    revision,
    changes: Array.from({ length: changes }, (_, at) => ({
      revision,
      key: `/a/b/c/${at}`,
      object: undefined,
      previous: undefined,
    })),
  };
}

describe('the history of changes', () => {
  it('answers what came after a revision', () => {
    const history = new History({ clock: new FakeClock() }, 5);
    for (const revision of [6, 7, 9]) history.push(batch(revision));
    const revisionsSince = (revision: number) => history.since(revision).map((entry) => entry.revision);
    expect(revisionsSince(5)).to.deep.equal([6, 7, 9]);
    expect(revisionsSince(7)).to.deep.equal([9]);
    expect(revisionsSince(8)).to.deep.equal([9]);
    expect(revisionsSince(9)).to.deep.equal([]);
    expect(() => revisionsSince(4))
      .to.throw(StoreError, 'history begins at 5')
      .with.property('code', 'compacted');
  });

  it('is bounded by the number of changes, and forgets whole commits', () => {
    const history = new History({ clock: new FakeClock(), historyLimit: 10 }, 0);
    for (let revision = 1; revision <= 1000; revision++) history.push(batch(revision, 3));
    expect(history.since(997).map(({ revision }) => revision)).to.deep.equal([998, 999, 1000]);
    expect(() => history.since(996))
      .to.throw(StoreError)
      .with.property('code', 'compacted');
  });

  it('forgets a commit that alone is larger than the bound', () => {
    const history = new History({ clock: new FakeClock(), historyLimit: 10 }, 0);
    history.push(batch(1, 11));
    expect(history.since(1)).to.deep.equal([]);
    expect(() => history.since(0))
      .to.throw(StoreError)
      .with.property('code', 'compacted');
  });

  it('is bounded by age, also when nothing comes', async () => {
    const clock = new FakeClock();
    const history = new History({ clock, historyAge: 1000 }, 0);
    history.push(batch(1));
    await clock.advance(600);
    history.push(batch(2));
    await clock.advance(600);
    expect(history.since(1).map(({ revision }) => revision)).to.deep.equal([2]);
    expect(() => history.since(0))
      .to.throw(StoreError)
      .with.property('code', 'compacted');
  });
});
