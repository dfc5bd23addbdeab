// Which events are written: once, counted, combined, or not at all.

import { expect } from 'chai';
import type { Event } from '../../../shared/api/index.ts';
import { EventCorrelator } from '../../../shared/client/index.ts';

let serial = 0;

function event(message: string, fields: { reason?: string; about?: string; component?: string } = {}): Event {
  const { reason = 'Scaled', about = 'd', component = 'deployment-controller' } = fields;
  serial += 1;
  return {
    metadata: { name: `${about}.${serial}`, namespace: 'default' },
    involvedObject: { kind: 'Deployment', name: about, namespace: 'default', uid: `uid-${about}` },
    source: { component },
    type: 'Normal',
    reason,
    message,
    count: 1,
    firstTimestamp: 'first',
    lastTimestamp: `time-${serial}`,
  };
}

const minute = 60_000;

describe('the event correlator', () => {
  it('writes an event once, and counts it from then on', () => {
    const correlator = new EventCorrelator();
    const first = correlator.judge(event('up'), 0);
    const second = correlator.judge(event('up'), 1000);
    const third = correlator.judge(event('up'), 2000);
    if (first.action === 'drop' || second.action === 'drop' || third.action === 'drop')
      throw new Error('dropped');
    expect([first.action, second.action, third.action]).to.eql(['create', 'count', 'count']);
    expect([first, second, third].map((verdict) => verdict.event.count)).to.eql([1, 2, 3]);
    expect(third.event.metadata.name).to.equal(first.event.metadata.name);
    expect(third.event.lastTimestamp).to.not.equal(first.event.lastTimestamp);
  });

  it('tells events apart by what they say, about what, and who says it', () => {
    const correlator = new EventCorrelator();
    const all = [
      event('up'),
      event('down'),
      event('up', { reason: 'Other' }),
      event('up', { about: 'e' }),
      event('up', { component: 'kubelet' }),
    ];
    expect(all.map((each) => correlator.judge(each, 0).action)).to.eql(all.map(() => 'create'));
  });

  it('combines the tenth similar event and those after it', () => {
    const correlator = new EventCorrelator();
    const verdicts = Array.from({ length: 12 }, (_, turn) =>
      correlator.judge(event(`Scaled to ${turn}`), turn * 1000),
    );
    const shown = verdicts.map((verdict) =>
      verdict.action === 'drop' ? 'drop' : `${verdict.action} ${verdict.event.message}`,
    );
    expect(shown.slice(8)).to.eql([
      'create Scaled to 8',
      'create (combined from similar events): Scaled to 9',
      'count (combined from similar events): Scaled to 10',
      'count (combined from similar events): Scaled to 11',
    ]);
  });

  it('begins anew when similar events were long ago', () => {
    const correlator = new EventCorrelator();
    for (let turn = 0; turn < 9; turn += 1) correlator.judge(event(`Scaled to ${turn}`), 0);
    const verdict = correlator.judge(event('Scaled to 9'), 11 * minute);
    expect(verdict.action === 'create' && verdict.event.message).to.equal('Scaled to 9');
  });

  it('cuts a source off after 25 events about one object, and lets one through every five minutes', () => {
    const correlator = new EventCorrelator();
    const write = (now: number) => correlator.judge(event('again'), now).action !== 'drop';
    expect(Array.from({ length: 30 }, () => write(0)).filter(Boolean)).to.have.length(25);
    expect(write(4 * minute)).to.equal(false);
    expect(write(5 * minute)).to.equal(true);
    expect(write(5 * minute)).to.equal(false);
    expect(correlator.judge(event('again', { about: 'e' }), 5 * minute).action).to.equal('create');
  });
});
