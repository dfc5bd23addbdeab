// Where boards keep their control groups, and what is written into them.

import { expect } from 'chai';
import {
  type Controller,
  hierarchyOf,
  parseHierarchies,
  parseMembership,
} from '../../../edge-agent/runtime/cgroup/hierarchies.ts';
import { limitWrites, weightOf } from '../../../edge-agent/runtime/cgroup/limit-writes.ts';

const boards = {
  'Debian 12: version 2': {
    mountinfo: '30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate',
    available: ['cpuset', 'cpu', 'io', 'memory', 'pids'],
    membership: '0::/system.slice/kelp-agent.service\n',
    cpu: '/sys/fs/cgroup/system.slice/kelp-agent.service',
    memory: '/sys/fs/cgroup/system.slice/kelp-agent.service',
    cpuacct: '/sys/fs/cgroup/system.slice/kelp-agent.service',
  },
  'Raspberry Pi OS: memory is off': {
    mountinfo: '30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw',
    available: ['cpuset', 'cpu', 'io', 'pids'],
    membership: '0::/user.slice/user-1000.slice/session-3.scope\n',
    cpu: '/sys/fs/cgroup/user.slice/user-1000.slice/session-3.scope',
    memory: undefined,
    cpuacct: '/sys/fs/cgroup/user.slice/user-1000.slice/session-3.scope',
  },
  'Debian 10: both, version 1 has the controllers': {
    mountinfo: [
      '26 18 0:23 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw,nsdelegate',
      '27 18 0:24 / /sys/fs/cgroup/systemd rw shared:10 - cgroup cgroup rw,xattr,name=systemd',
      '31 18 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:14 - cgroup cgroup rw,cpu,cpuacct',
      '32 18 0:29 / /sys/fs/cgroup/memory rw shared:15 - cgroup cgroup rw,memory',
    ].join('\n'),
    available: [],
    membership:
      '9:memory:/user.slice\n4:cpu,cpuacct:/user.slice\n1:name=systemd:/user.slice\n0::/user.slice\n',
    cpu: '/sys/fs/cgroup/cpu,cpuacct/user.slice',
    memory: '/sys/fs/cgroup/memory/user.slice',
    cpuacct: '/sys/fs/cgroup/cpu,cpuacct/user.slice',
  },
  'in a container that sees its own part only': {
    mountinfo: '35 31 0:32 /docker/ab:c /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
    available: [],
    membership: '4:memory:/docker/ab:c/inner\n',
    cpu: undefined,
    memory: '/sys/fs/cgroup/memory/inner',
    cpuacct: undefined,
  },
  'no control groups': {
    mountinfo: '24 1 8:1 / / rw - ext4 /dev/root rw',
    available: [],
    membership: '',
    cpu: undefined,
    memory: undefined,
    cpuacct: undefined,
  },
} as const;

describe('control groups of a board', () => {
  for (const [name, board] of Object.entries(boards)) {
    it(`are found: ${name}`, () => {
      const hierarchies = parseHierarchies(board.mountinfo, () => board.available);
      const folders = parseMembership(board.membership, hierarchies);
      const path = (controller: Controller) => folders.get(controller)?.path;
      expect([path('cpu'), path('memory'), path('cpuacct')]).to.deep.equal([
        board.cpu,
        board.memory,
        board.cpuacct,
      ]);
    });
  }

  it('of both versions are used where the controller is', () => {
    const { mountinfo } = boards['Debian 10: both, version 1 has the controllers'];
    const hierarchies = parseHierarchies(mountinfo, () => ['pids']);
    expect(hierarchyOf('memory', hierarchies)?.version).to.equal(1);
    expect(hierarchyOf('pids', hierarchies)?.version).to.equal(2);
  });
});

describe('limits of a control group', () => {
  const written = (version: 1 | 2, limits: Parameters<typeof limitWrites>[0]) =>
    limitWrites(limits, version).map(({ file, value }) => `${file}=${value}`);

  it('in version 2', () => {
    expect(
      written(2, { cpuMillis: 500, cpuRequestMillis: 250, memoryBytes: 64 << 20, pids: 100 }),
    ).to.deep.equal([
      'cpu.weight=10',
      'cpu.max=50000 100000',
      'memory.max=67108864',
      'memory.swap.max=0',
      'memory.oom.group=1',
      'pids.max=100',
    ]);
  });

  it('in version 1: memory with swap is never less than memory', () => {
    expect(written(1, { cpuMillis: 1500, cpuRequestMillis: 1000, memoryBytes: 1024 })).to.deep.equal([
      'cpu.shares=1024',
      'cpu.cfs_period_us=100000',
      'cpu.cfs_quota_us=150000',
      'memory.memsw.limit_in_bytes=-1',
      'memory.limit_in_bytes=1024',
      'memory.memsw.limit_in_bytes=1024',
    ]);
  });

  it('who asks for nothing gets the smallest share, and no limit, also where there was one', () => {
    expect(written(1, {})).to.deep.equal([
      'cpu.shares=2',
      'cpu.cfs_period_us=100000',
      'cpu.cfs_quota_us=-1',
      'memory.memsw.limit_in_bytes=-1',
      'memory.limit_in_bytes=-1',
    ]);
    expect(written(2, {})).to.deep.equal([
      'cpu.weight=1',
      'cpu.max=max 100000',
      'memory.max=max',
      'memory.swap.max=max',
      'memory.oom.group=0',
    ]);
  });

  it('stay within what the kernel takes', () => {
    expect(written(2, { cpuMillis: 1 })).to.include('cpu.max=1000 100000');
    expect(weightOf(10_000_000)).to.equal(10_000);
  });
});
