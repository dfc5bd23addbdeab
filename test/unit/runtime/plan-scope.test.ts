// What systemd is told for a container's limits.

import { expect } from 'chai';
import { scopeProperties } from '../../../edge-agent/runtime/cgroup/plan-scope.ts';

describe('the properties of a scope', () => {
  it('are the limits', () => {
    const limits = { cpuMillis: 1255, cpuRequestMillis: 1000, memoryBytes: 2 ** 26, pids: 10 };
    expect(scopeProperties(limits)).to.deep.equal([
      'CPUQuota=125.5%',
      'CPUWeight=39',
      'MemoryMax=67108864',
      'MemorySwapMax=0',
      'TasksMax=10',
    ]);
  });

  it('take back what was limited before', () => {
    expect(scopeProperties({})).to.deep.equal([
      'CPUQuota=',
      'CPUWeight=1',
      'MemoryMax=infinity',
      'MemorySwapMax=infinity',
      'TasksMax=infinity',
    ]);
  });

  it('are no less than the kernel can give', () => {
    expect(scopeProperties({ cpuMillis: 1 })[0]).to.equal('CPUQuota=1%');
  });
});
