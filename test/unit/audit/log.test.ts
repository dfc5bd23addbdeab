// The audit log's file: it begins anew when it is full, keeps so many old ones for so long, and never has half a line. Where
// the disk takes nothing, lines wait, and are dropped and counted beyond what may wait.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { pino } from 'pino';
import { AuditLog, RotatingFile } from '../../../hub/apiserver/audit/index.ts';
import { createLog, systemClock } from '../../../shared/base/index.ts';
import { skipWithout } from '../../support/cluster.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { until } from '../../support/until.ts';

const day = 24 * 3_600_000;

describe('the file of the audit log', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kelp-audit-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const files = () => readdirSync(folder).sort();

  it('begins anew when it is full, and keeps so many old ones', async () => {
    const clock = new FakeClock('2026-01-02T03:04:05.678Z');
    const path = join(folder, 'audit.log');
    const file = new RotatingFile({ path, clock, maxBytes: 10, maxBackups: 2, maxAge: 0 });
    await file.open();
    for (const line of ['one\n', 'two\n', 'three\n', 'a line that is too long\n', 'five\n', 'six\n']) {
      await file.append([line]);
      await clock.advance(1_000);
    }
    await file.close();
    expect(files()).to.deep.equal([
      'audit-2026-01-02T03-04-08.678.log',
      'audit-2026-01-02T03-04-09.678.log',
      'audit.log',
    ]);
    expect(files().map((name) => readFileSync(join(folder, name), 'utf8'))).to.deep.equal([
      'three\n',
      'a line that is too long\n',
      'five\nsix\n',
    ]);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
  });

  it('goes on where it was, and lets go of what is too old, and of nothing else', async () => {
    const clock = new FakeClock('2026-01-10T00:00:00Z');
    const path = join(folder, 'audit.log');
    const others = [
      'audit-notes.log',
      'audit-2026-01-01T00-00-00.000.txt',
      'other-2026-01-01T00-00-00.000.log',
    ];
    for (const name of [...others, 'audit-2026-01-01T00-00-00.000.log', 'audit-2026-01-09T00-00-00.000.log'])
      writeFileSync(join(folder, name), 'x\n');
    writeFileSync(path, 'before\n');
    const file = new RotatingFile({ path, clock, maxBytes: 1_000, maxBackups: 0, maxAge: 2 * day });
    await file.open();
    await file.append(['after\n']);
    await file.close();
    expect(readFileSync(path, 'utf8')).to.equal('before\nafter\n');
    expect(files()).to.have.members([...others, 'audit-2026-01-09T00-00-00.000.log', 'audit.log']);
  });
});

describe('an audit log whose disk is full', () => {
  let disk: SmallDisk | undefined;
  before(function () {
    disk = SmallDisk.inMemory(64);
    if (!disk) skipWithout(this, 'mount, as root', 'mount');
  });
  after(() => disk?.remove());

  it('says so once, keeps what fits into memory, and goes on when there is room', async () => {
    const told: string[] = [];
    const lines = new Writable({
      write(chunk, _encoding, done) {
        told.push(JSON.parse(String(chunk)).msg);
        done();
      },
    });
    const path = join(disk?.path ?? '', 'audit.log');
    const file = new RotatingFile({
      ...{ path, clock: systemClock, maxBackups: 0, maxAge: 0 },
      maxBytes: 1024 * 1024,
    });
    await file.open();
    const room = 100 * 1024;
    const log = new AuditLog({ file, clock: systemClock, log: pino({}, lines), room });
    const line = (index: number) => `${JSON.stringify({ index, filling: 'x'.repeat(10_000) })}\n`;
    for (let index = 0; index < 100; index += 1) log.take(line(index));
    const { drops } = log;
    expect(drops).to.be.greaterThan(80);
    await until('the failure', () => told.includes('the audit log cannot be written'));
    disk?.resize(4096);
    await until('the log to be written', () => told.includes('the audit log is written again'));
    log.take(line(100));
    await log.stop();
    const written = readFileSync(path, 'utf8').split('\n').filter(Boolean);
    const indexes = written.map((each) => JSON.parse(each).index);
    expect(indexes).to.deep.equal([...Array(100 - drops).keys(), 100]);
    expect(told.filter((each) => each === 'the audit log cannot be written')).to.have.length(1);
    const samples = log
      .families()
      .flatMap(({ name, samples }) => [...samples()].map(({ value }) => [name, value]));
    expect(samples).to.deep.equal([
      ['apiserver_audit_event_total', 101],
      ['apiserver_audit_error_total', drops],
    ]);
  });

  it('holds up nobody, and stops, where it never comes back', async () => {
    const file = {
      append: () => Promise.reject(new Error('no disk')),
      close: async () => {},
    };
    const clock = new FakeClock();
    const log = new AuditLog({ file, clock, log: createLog('test', 'silent'), room: 10 });
    for (let index = 0; index < 10; index += 1) log.take('1234\n');
    await log.stop();
    expect([log.drops, clock.timers]).to.deep.equal([8, 0]);
  });
});
