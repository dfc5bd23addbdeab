// Which logs go when all of them together are too large.

import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { LogBudget, type LogFile, planLogRemovals } from '../../../edge-agent/kubelet/logs/log-budget.ts';
import { createLog } from '../../../shared/base/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const file = (path: string, size: number, modifiedAt: number): LogFile => ({
  ...{ path, size, modifiedAt },
  pod: path.split('/')[0] ?? '',
});

describe('a budget of logs', () => {
  const files = [
    file('loud/c/0.log.1', 40, 1),
    file('loud/c/0.log.2', 40, 2),
    file('loud/c/0.log', 20, 9),
    file('quiet/c/0.log.1', 10, 0),
    file('quiet/c/0.log', 5, 9),
  ];
  const running = new Set(['loud/c/0.log', 'quiet/c/0.log']);

  const cases: [number, string[]][] = [
    [115, []],
    [114, ['loud/c/0.log.1']],
    [75, ['loud/c/0.log.1']],
    [74, ['loud/c/0.log.1', 'loud/c/0.log.2']],
    [34, ['loud/c/0.log.1', 'loud/c/0.log.2', 'quiet/c/0.log.1']],
    [0, ['loud/c/0.log.1', 'loud/c/0.log.2', 'quiet/c/0.log.1']],
  ];
  for (const [budget, removed] of cases) {
    it(`of ${budget} takes ${removed.join(', ') || 'nothing'}`, () => {
      expect(planLogRemovals(files, running, budget)).to.deep.equal(removed);
    });
  }

  it('takes the whole log of a container that has ended', () => {
    expect(planLogRemovals(files, new Set(['quiet/c/0.log']), 20)).to.include('loud/c/0.log');
  });

  it('is kept on the disk, now and later', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kelp-logs-'));
    const write = (name: string, size: number, age: number) => {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, 'x'.repeat(size));
      utimesSync(path, 1000 - age, 1000 - age);
      return path;
    };
    const old = write('p/c/0.log.1', 600, 9);
    const current = write('p/c/0.log', 600, 0);
    const clock = new FakeClock();
    const budget = new LogBudget({
      ...{ folder, budget: 1000, clock, log: createLog('test', 'silent') },
      inUse: async () => new Set([current]),
    });
    budget.start();
    await budget.stop();
    expect([existsSync(old), existsSync(current)]).to.deep.equal([false, true]);
    rmSync(folder, { recursive: true });
  });
});
