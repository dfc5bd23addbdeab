// Coming back after breaks: with growing, random delays, and not before the pause that the hub asked for.

import { expect } from 'chai';
import { ConnectionDrive } from '../../../shared/bus/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';

class Line {
  attempts = 0;
  refuse = false;
  private closed: (reason: Error | undefined) => void = () => {};
  onClosed(listener: (reason: Error | undefined) => void): void {
    this.closed = listener;
  }
  async connect(): Promise<void> {
    this.attempts += 1;
    if (this.refuse) throw new Error('refused');
  }
  async close(): Promise<void> {
    this.closed(undefined);
  }
  cut(): void {
    this.closed(new Error('cut'));
  }
}

describe('connection drive', () => {
  const clock = new FakeClock();
  let line: Line;
  let drive: ConnectionDrive;
  let told: string[];
  let joinFails: boolean;
  beforeEach(() => {
    line = new Line();
    told = [];
    joinFails = false;
    drive = new ConnectionDrive({
      bus: line,
      clock,
      backoff: { base: 1_000, max: 8_000 },
      random: () => 0.5,
      onConnected: async () => {
        if (joinFails) throw new Error('not let in');
        told.push('connected');
      },
      onDisconnected: (reason, after) => told.push(`${reason} ${after}`),
    });
  });
  afterEach(() => drive.stop());

  it('waits a share of a delay that doubles up to its maximum', async () => {
    line.refuse = true;
    drive.start();
    for (let minute = 0; minute < 1; minute += 1) await clock.advance(20_000);
    expect(told.slice(0, 6)).to.deep.equal(
      [500, 1_000, 2_000, 4_000, 4_000, 4_000].map((after) => `Error: refused ${after}`),
    );
  });

  it('begins with short delays again after a connection that lasted', async () => {
    line.refuse = true;
    drive.start();
    await clock.advance(10_000);
    line.refuse = false;
    await clock.advance(10_000);
    told.length = 0;
    await clock.advance(60_000);
    line.cut();
    await clock.advance(500);
    expect(told).to.deep.equal(['Error: cut 500', 'connected']);
  });

  it('does not hammer a hub that takes connections and drops them', async () => {
    drive.start();
    await clock.advance(0);
    for (let drop = 0; drop < 3; drop += 1) {
      line.cut();
      await clock.advance(5_000);
    }
    expect(told.filter((text) => text !== 'connected')).to.deep.equal([
      'Error: cut 500',
      'Error: cut 1000',
      'Error: cut 2000',
    ]);
  });

  it('closes and tries again when joining fails', async () => {
    joinFails = true;
    drive.start();
    await clock.advance(600);
    expect(told[0]).to.equal('Error: not let in 500');
    expect(line.attempts).to.equal(2);
  });

  it('adds a random part of the pause that was asked for, once', async () => {
    drive.start();
    await clock.advance(0);
    drive.pause(10_000);
    line.cut();
    await clock.advance(0);
    expect(told.at(-1)).to.equal('Error: cut 5500');
    await clock.advance(6_000);
    line.cut();
    await clock.advance(0);
    expect(told.at(-1)).to.equal('Error: cut 1000');
  });
});
