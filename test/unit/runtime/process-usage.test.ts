// What containers use, as /proc says it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { cpuSecondsOf, usageOf } from '../../../edge-agent/runtime/process/process-usage.ts';
import { until } from '../../support/until.ts';

describe('the use of a container', () => {
  const children: ChildProcess[] = [];

  function start(id: string, script: string): void {
    const env = { ...process.env, KELP_CONTAINER_ID: id };
    children.push(spawn('setsid', ['sh', '-c', script], { env }));
  }

  afterEach(async () => {
    for (const child of children.splice(0)) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  });

  const usage = (id: string) => usageOf([{ id, shim: undefined, cgroup: undefined }])[0];

  it('grows with what its processes do', async () => {
    start('busy-usage-test', 'while :; do :; done');
    start('idle-usage-test', 'read line');
    const busy = await until('the busy one to be seen', () => {
      const found = usage('busy-usage-test');
      return found && found.cpuSeconds > 0.1 && found;
    });
    const idle = usage('idle-usage-test');
    expect(busy.memoryBytes).to.be.greaterThan(100_000);
    expect(idle?.cpuSeconds).to.be.lessThan(busy.cpuSeconds);
    expect(busy.processes).to.be.at.least(1);
  });

  it('is nothing where it has no processes', () => {
    expect(usage('absent-usage-test')).to.deep.equal({
      id: 'absent-usage-test',
      cpuSeconds: 0,
      memoryBytes: 0,
      processes: 0,
    });
  });

  it('counts children that have ended', () => {
    const line = '77 (a) b) S 1 42 43 0 -1 4194560 101 0 0 0 150 50 25 75 20 0 1 0 123456 2891776 389 1';
    expect(cpuSecondsOf(line)).to.equal(3);
  });
});
