import { expect } from 'chai';
import { EventExpiry } from '../../../hub/apiserver/index.ts';
import { MemoryStore } from '../../../hub/store/index.ts';
import { createLog } from '../../../shared/base/index.ts';
import { formatTime } from '../../../shared/machinery/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { until } from '../../support/until.ts';

const minute = 60_000;

describe('events', () => {
  const clock = new FakeClock();
  let store: MemoryStore;
  let expiry: EventExpiry;

  beforeEach(async () => {
    store = new MemoryStore({ clock });
    await store.start();
    expiry = new EventExpiry({ store, clock, log: createLog('test', 'fatal'), ttl: 60 * minute, limit: 50 });
  });
  afterEach(async () => {
    await expiry.stop();
    await store.stop();
  });

  const write = (name: string, fields = {}) =>
    store.commit([
      {
        key: `/core/events/default/${name}`,
        object: { apiVersion: 'v1', kind: 'Event', metadata: { name, namespace: 'default' }, ...fields },
        volatile: true,
      },
    ]);
  const names = async () => (await store.list('/core/events/')).objects.map(({ metadata }) => metadata.name);
  const become = (expected: string[]) =>
    until(
      `${expected.length} events`,
      async () => JSON.stringify(await names()) === JSON.stringify(expected),
    );

  it('go an hour after they were last written', async () => {
    await expiry.start();
    await write('a');
    await write('b');
    await clock.advance(40 * minute);
    await write('a', { count: 2 });
    await clock.advance(19 * minute);
    expect(await names()).to.deep.equal(['a', 'b']);
    await clock.advance(2 * minute);
    await become(['a']);
    await clock.advance(38 * minute);
    expect(await names()).to.deep.equal(['a']);
    await clock.advance(2 * minute);
    await become([]);
  });

  it('that were there before go by their own times', async () => {
    const ago = (milliseconds: number) => formatTime(clock.now() - milliseconds);
    await write('new', { lastTimestamp: ago(10 * minute) });
    await write('old', { lastTimestamp: ago(70 * minute) });
    await write('strange', { lastTimestamp: null });
    await expiry.start();
    await clock.advance(1);
    await become(['new', 'strange']);
    await clock.advance(51 * minute);
    await become(['strange']);
  });

  it('are never more than there may be: the oldest go', async () => {
    await expiry.start();
    for (let at = 0; at < 200; at += 1) await write(`e${String(at).padStart(3, '0')}`);
    await clock.advance(1);
    await become(Array.from({ length: 50 }, (_, at) => `e${150 + at}`));
    await write('one-more');
    await clock.advance(1);
    await until('e150 to go', async () => !(await names()).includes('e150'));
    expect(await names()).to.have.length(50);
  });

  it('leave other objects alone, and one that was deleted meanwhile', async () => {
    await expiry.start();
    await write('a');
    await store.commit([{ key: '/core/events/default/a' }]);
    await store.commit([
      {
        key: '/core/pods/default/p',
        object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' } },
      },
    ]);
    await clock.advance(120 * minute);
    expect(await store.count('/')).to.equal(1);
  });
});
