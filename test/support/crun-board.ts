// This machine as a board whose podman runs crun, and that has user ids to spare: a mount namespace whose files say so. The
// machine itself is not changed; the namespace goes with its last process.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endProcess } from './end-process.ts';
import { podmanMissing } from './podman-world.ts';
import { until } from './until.ts';

export function crunMissing(): string | undefined {
  return existsSync('/usr/bin/crun') ? podmanMissing() : 'install crun (Debian)';
}

const groups = '/sys/fs/cgroup/unified';
const spareIds = 'containers:2147483647:2147483648\n';

export class CrunBoard {
  /** Words that run a program there. */
  readonly as: readonly string[];
  private readonly folder: string;
  private readonly holder: ChildProcess;

  private constructor(folder: string, holder: ChildProcess) {
    this.folder = folder;
    this.holder = holder;
    this.as = ['nsenter', `--target=${holder.pid}`, '--mount', '--'];
  }

  static async start(): Promise<CrunBoard> {
    const folder = mkdtempSync(join(tmpdir(), 'kelp-crun-'));
    writeFileSync(join(folder, 'ids'), spareIds);
    const inside = [
      'set -e',
      // crun takes no board with control groups of both versions.
      `if mountpoint -q ${groups}; then umount ${groups}; fi`,
      `mount --bind ${folder}/ids /etc/subuid`,
      `mount --bind ${folder}/ids /etc/subgid`,
      // Ends with whoever started it.
      'exec cat',
    ];
    const words = ['--mount', '--propagation', 'slave', 'sh', '-c', inside.join('\n')];
    const holder = spawn('unshare', words, { stdio: ['pipe', 'ignore', 'inherit'] });
    const name = () => readFileSync(`/proc/${holder.pid}/comm`, 'utf8').trim();
    await until('the board’s files', () => name() === 'cat', 20_000);
    return new CrunBoard(folder, holder);
  }

  async stop(): Promise<void> {
    await endProcess(this.holder);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
