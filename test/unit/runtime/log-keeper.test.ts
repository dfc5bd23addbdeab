// A log that conmon writes: each of its files gets a number before the next one could be full.

import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { LogKeeper } from '../../../edge-agent/runtime/podman/log-keeper.ts';
import { createLog } from '../../../shared/base/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { until } from '../../support/until.ts';

const mebibyte = 1024 * 1024;

describe('the keeper of a log', () => {
  let folder: string;
  let path: string;
  let clock: FakeClock;
  let keeper: LogKeeper | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kelp-keeper-'));
    path = join(folder, '0.log');
    clock = new FakeClock();
    writeFileSync(path, 'one\n');
  });
  afterEach(async () => {
    await keeper?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const names = () => readdirSync(folder).sort();

  /** As conmon does with a full one. */
  function begin(text: string): void {
    writeFileSync(`${path}.tmp`, text);
    renameSync(`${path}.tmp`, path);
  }

  /** Rings as often as it takes: a watch that is just being set up hears nothing. */
  async function writtenTo(within: number, becomes: string): Promise<void> {
    await until(becomes, async () => {
      appendFileSync(path, 'x\n');
      await new Promise((resolve) => setTimeout(resolve, 20));
      await clock.advance(within);
      return names().includes(becomes);
    });
  }

  function keep(maxSize: number, maxFiles: number): void {
    const limits = { maxSize, maxFiles };
    keeper = new LogKeeper({ logPath: path, limits, clock, log: createLog('test', 'silent') });
    keeper.start();
  }

  it('numbers the first file at once, and the next while it fills', async () => {
    keep(10 * mebibyte, 3);
    await clock.advance(0);
    await until('the first number', () => names().includes('0.log.1'));
    expect(statSync(`${path}.1`).ino).to.equal(statSync(path).ino);
    begin('two\n');
    await writtenTo(175, '0.log.2');
    expect(statSync(`${path}.2`).ino).to.equal(statSync(path).ino);
  });

  it('lets the oldest go', async () => {
    keep(mebibyte, 2);
    await clock.advance(0);
    await until('the first number', () => names().includes('0.log.1'));
    for (const number of [2, 3]) {
      begin(`${number}\n`);
      await writtenTo(20, `0.log.${number}`);
    }
    await until('the oldest to go', () => !names().includes('0.log.1'));
    expect(names()).to.deep.equal(['0.log', '0.log.2', '0.log.3']);
  });
});
