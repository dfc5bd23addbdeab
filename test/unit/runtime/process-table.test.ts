// /proc as the process runtime reads it.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  isAlive,
  parseStat,
  processesOf,
  signal,
} from '../../../edge-agent/runtime/process/process-table.ts';

describe('/proc/<pid>/stat', () => {
  const tail = 'S 1 42 43 0 -1 4194560 101 0 0 0 0 0 0 0 20 0 1 0 123456 2891776 389 18446744073709551615';
  for (const name of ['sh', 'a b', 'a) R 1 2 (x', ')', '']) {
    it(`is read whatever the process calls itself: ${name}`, () => {
      expect(parseStat(`77 (${name}) ${tail}`)).to.deep.equal({
        pid: 77,
        state: 'S',
        group: 42,
        session: 43,
        startTime: '123456',
      });
    });
  }
  for (const line of ['', 'x', '77', '77 (sh)', '77 (sh) S 1 2']) {
    it(`is refused: "${line}"`, () => expect(parseStat(line)).to.equal(undefined));
  }
});

describe('a process', () => {
  it('is known by its pid and its start, not by its pid alone', () => {
    const own = parseStat(readFileSync('/proc/self/stat', 'utf8'));
    expect(own).to.include({ pid: process.pid });
    if (!own) return;
    expect(isAlive(own)).to.equal(true);
    expect(isAlive({ ...own, startTime: '1' })).to.equal(false);
    expect(signal({ ...own, startTime: '1' }, 'SIGKILL')).to.equal(false);
  });

  it('is found by its marker when it left its session', async () => {
    const child = spawn('setsid', ['sleep', '60'], {
      env: { ...process.env, KELP_CONTAINER_ID: 'of-this-test' },
    });
    await new Promise((resolve) => child.once('spawn', resolve));
    const [found, ...others] = processesOf('of-this-test', undefined);
    expect(others).to.deep.equal([]);
    expect(found && signal(found, 'SIGKILL')).to.equal(true);
    await new Promise((resolve) => child.once('exit', resolve));
    expect(processesOf('of-this-test', undefined)).to.deep.equal([]);
  });
});
