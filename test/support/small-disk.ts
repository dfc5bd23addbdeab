// File systems of their own for tests: small ones that fill up, and one that breaks. Needs root, and mount.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class SmallDisk {
  readonly path = mkdtempSync(join(tmpdir(), 'kelp-disk-'));
  private readonly image = `${this.path}.img`;

  private constructor() {}

  /** In memory; undefined where mounting is not allowed. */
  static inMemory(kibibytes: number): SmallDisk | undefined {
    const disk = new SmallDisk();
    return disk.mounted(['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs']);
  }

  /** ext4 in a file, which goes read-only after an error; undefined where that cannot be had. */
  static ext4(mebibytes: number): SmallDisk | undefined {
    const disk = new SmallDisk();
    writeFileSync(disk.image, '');
    truncateSync(disk.image, mebibytes * 1024 * 1024);
    if (!succeeds('mkfs.ext4', ['-q', '-O', '^has_journal', disk.image])) return disk.gone();
    return disk.mounted(['-o', 'loop,errors=remount-ro', disk.image]);
  }

  resize(kibibytes: number): void {
    execFileSync('mount', ['-o', `remount,size=${Math.ceil(kibibytes)}k`, this.path]);
  }

  readOnly(): void {
    execFileSync('mount', ['-o', 'remount,ro', this.path]);
  }

  /** Mounts it anew, as after a repair. */
  mend(): void {
    execFileSync('umount', [this.path]);
    execFileSync('mount', ['-o', 'loop', this.image, this.path]);
  }

  /** An error as of the disk: ext4 makes itself read-only, whatever is open. False where the kernel has no means to it. */
  breakDown(): boolean {
    const [device = ''] = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.split(' ')[1] === this.path)
      .map((line) => line.slice('/dev/'.length, line.indexOf(' ')));
    const trigger = `/sys/fs/ext4/${device}/trigger_fs_error`;
    if (!existsSync(trigger)) return false;
    writeFileSync(trigger, 'a test breaks this disk');
    return true;
  }

  remove(): void {
    execFileSync('umount', [this.path]);
    this.gone();
  }

  private mounted(words: readonly string[]): this | undefined {
    return succeeds('mount', [...words, this.path]) ? this : this.gone();
  }

  private gone(): undefined {
    rmSync(this.path, { recursive: true, force: true });
    rmSync(this.image, { force: true });
  }
}

function succeeds(command: string, words: readonly string[]): boolean {
  try {
    execFileSync(command, words, { stdio: 'ignore' });
    return true;
  } catch {
    // The test is skipped, and says what it needs.
    return false;
  }
}
