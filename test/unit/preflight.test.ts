// What a board lacks, and what to type about it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Board, memoryCgroupOf, readBoard, swapsOf } from '../../edge-agent/preflight/board.ts';
import { checks } from '../../edge-agent/preflight/checks.ts';
import { kelpProgram, run } from '../support/cluster.ts';

const good: Board = {
  architecture: 'arm64',
  armVersion: undefined,
  model: 'Raspberry Pi 4 Model B Rev 1.4',
  root: true,
  memoryCgroup: 'on',
  commandLineFile: '/boot/firmware/cmdline.txt',
  runtime: 'podman',
  podmanVersion: '4.3.1',
  now: Date.UTC(2026, 0),
  entropyBits: 256,
  disk: { path: '/var/lib/kelp', freeBytes: 5e9, totalBytes: 3e10 },
  swaps: [],
};

const faults = (board: Partial<Board>) =>
  checks.flatMap(({ name, look, concerns }) => {
    const whole = { ...good, ...board };
    const fault = (concerns?.(whole) ?? true) ? look(whole) : undefined;
    return fault ? [{ name, ...fault }] : [];
  });

describe('the look at a board', () => {
  it('finds nothing wrong with a good one', () => {
    expect(faults({})).to.deep.equal([]);
    expect(faults({ swaps: [{ device: '/dev/zram0', kind: 'partition', bytes: 1e8 }] })).to.deep.equal([]);
    expect(faults({ runtime: 'process', podmanVersion: undefined })).to.deep.equal([]);
    expect(faults({ architecture: 'arm', armVersion: 7 })).to.deep.equal([]);
    expect(faults({ podmanVersion: '5.0' })).to.deep.equal([]);
  });

  const cases: [string, Partial<Board>, string, 'error' | 'warning', RegExp, RegExp][] = [
    [
      'memory cgroup off',
      { memoryCgroup: 'off' },
      'memory cgroup',
      'error',
      /memory limits do not hold/,
      /^sudo sed -i '1s\/\$\/ cgroup_enable=memory cgroup_memory=1\/' \/boot\/firmware\/cmdline.txt && sudo reboot$/,
    ],
    [
      'the same elsewhere',
      { memoryCgroup: 'off', commandLineFile: undefined, model: undefined },
      'memory cgroup',
      'error',
      /cgroup is off/,
      /GRUB_CMDLINE_LINUX/,
    ],
    [
      'podman missing',
      { podmanVersion: undefined },
      'podman',
      'error',
      /not installed/,
      /sudo apt install podman/,
    ],
    [
      'podman too old',
      { podmanVersion: '3.0.1' },
      'podman',
      'error',
      /podman 3.0.1 is too old: 4.3/,
      /Bookworm/,
    ],
    ['the clock in 1970', { now: 1000 }, 'clock', 'warning', /1970-01-01/, /timedatectl set-ntp true/],
    ['no entropy', { entropyBits: 3 }, 'entropy', 'warning', /3 bits/, /rng-tools5/],
    [
      'a full disk',
      { disk: { path: '/d', freeBytes: 1e9, totalBytes: 3e10 } },
      'disk',
      'warning',
      /3 % of the disk of \/d/,
      /--data-dir/,
    ],
    [
      'swap of Raspberry Pi OS',
      { swaps: [{ device: '/var/swap', kind: 'file', bytes: 1e8 }] },
      'swap',
      'warning',
      /\/var\/swap/,
      /dphys-swapfile/,
    ],
    [
      'a swap partition',
      { swaps: [{ device: '/dev/sda2', kind: 'partition', bytes: 1e9 }] },
      'swap',
      'warning',
      /\/dev\/sda2/,
      /swapoff \/dev\/sda2/,
    ],
    ['a Pi Zero', { architecture: 'arm', armVersion: 6 }, 'architecture', 'error', /ARMv6/, /ARMv7/],
    [
      'an architecture that nobody tests',
      { architecture: 's390x' },
      'architecture',
      'warning',
      /s390x/,
      /arm64/,
    ],
    ['no root', { root: false }, 'rights', 'warning', /does not run as root/, /systemd/],
  ];
  for (const [what, board, name, level, says, remedy] of cases) {
    it(`says of ${what} what to do`, () => {
      const [fault, ...more] = faults(board);
      expect(more).to.deep.equal([]);
      expect(fault).to.include({ name, level });
      expect(fault?.says).to.match(says);
      expect(fault?.remedy).to.match(remedy);
    });
  }

  it('says nothing of what it cannot know', () => {
    const unknown = { memoryCgroup: undefined, entropyBits: undefined, disk: undefined, model: undefined };
    expect(faults(unknown)).to.deep.equal([]);
  });

  it('looks at the disk on which a folder will be that is not there yet', async () => {
    const path = join(tmpdir(), 'kelp-check-none', 'agent');
    const { disk } = await readBoard({ dataDir: path, runtime: 'process', now: 0 });
    expect(disk?.path).to.equal(tmpdir());
    expect(disk?.totalBytes).to.be.greaterThan(0);
  });

  it('reads whether the memory cgroup is on, in both versions', () => {
    const v1 = (enabled: number) =>
      `#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t3\t40\t1\nmemory\t0\t64\t${enabled}\n`;
    expect(memoryCgroupOf(undefined, v1(1))).to.equal('on');
    expect(memoryCgroupOf(undefined, v1(0))).to.equal('off');
    expect(memoryCgroupOf('cpuset cpu io pids\n', v1(0))).to.equal('off');
    expect(memoryCgroupOf('cpuset cpu io memory pids\n', undefined)).to.equal('on');
    expect(memoryCgroupOf(undefined, undefined)).to.equal(undefined);
  });

  it('reads /proc/swaps', () => {
    const text =
      'Filename\tType\tSize\tUsed\tPriority\n/var/swap                               file\t\t102396\t0\t-2\n';
    expect(swapsOf(text)).to.deep.equal([{ device: '/var/swap', kind: 'file', bytes: 102396 * 1024 }]);
  });

  it('is a command of its own, whose exit code says whether pods will run', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'kelp-check-'));
    try {
      const args = ['agent', 'check', '--data-dir', dataDir, '--runtime', 'process'];
      const { code, stdout, stderr } = await run(kelpProgram, args);
      expect(stderr).to.equal('');
      expect(stdout.match(/^[✓!✗] /gm)).to.have.length(checks.length - 1);
      expect(stdout, 'what it is not asked to run').to.not.contain('podman');
      expect(code).to.equal(stdout.includes('✗') ? 1 : 0);
      const unknown = await run(kelpProgram, ['agent', 'check', '--nonsense']);
      expect(unknown.code).to.equal(1);
      expect(unknown.stderr).to.match(
        /^kelp agent: unknown flag --nonsense: see 'kelp agent check --help'\n$/,
      );
      expect((await run(kelpProgram, ['agent', '--help'])).stdout).to.contain('kelp agent check [flags]');
      const json = await run(kelpProgram, [...args, '--runtime', 'podman', '-o', 'json']);
      const items: { name: string; status: string; remedy?: string }[] = JSON.parse(json.stdout);
      expect(items.map(({ name }) => name)).to.deep.equal(checks.map(({ name }) => name));
      for (const { name, status, remedy } of items) {
        expect(status, name).to.be.oneOf(['ok', 'warning', 'error']);
        expect(remedy === undefined, name).to.equal(status === 'ok');
      }
      expect(json.code).to.equal(items.some(({ status }) => status === 'error') ? 1 : 0);
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  });
});
