// podman without root, for tests alone: a user of their own, with ids to spare and a device for its network, in a mount
// namespace where the board's files say so; the board itself is not changed. `destroy` removes all of it.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeImageArchive, podmanMissing, testImage } from './podman-world.ts';
import { until } from './until.ts';

/** Debian's packages that podman needs without root, beside those that it always needs. */
const needed = { uidmap: '/usr/bin/newuidmap', slirp4netns: '/usr/bin/slirp4netns' };

export function rootlessMissing(): string | undefined {
  const packages = Object.entries(needed).filter(([, path]) => !existsSync(path));
  if (packages.length > 0) return `install ${packages.map(([name]) => name).join(' ')} (Debian)`;
  return podmanMissing();
}

export class RootlessWorld {
  readonly folder: string;
  /** Runs what it is given as the user. */
  readonly program: string;
  readonly as: readonly string[];
  readonly uid: number;
  readonly env = {};
  readonly args: readonly string[] = ['--cgroup-manager', 'cgroupfs'];

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'kelp-rootless-'));
    chmodSync(this.folder, 0o711);
    // Different in each process of tests; what is spared for it does not matter to anybody else.
    this.uid = 700_000 + (process.pid % 90_000);
    this.program = join(this.folder, 'as-user');
    this.as = [this.program];
    this.prepareFiles();
    const archive = makeImageArchive(this.folder);
    chmodSync(archive, 0o644);
    this.podman('import', archive, testImage);
  }

  get home(): string {
    return join(this.folder, 'home');
  }

  podman(...args: string[]): string {
    return execFileSync(this.program, ['podman', ...this.args, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** The folders above it let everybody through. */
  give(path: string): void {
    if (dirname(path) !== this.folder) chmodSync(dirname(path), 0o711);
    mkdirSync(path, { recursive: true });
    chownSync(path, this.uid, this.uid);
  }

  /** Answers what was left: containers, and processes beside those that podman keeps. */
  async destroy(): Promise<string[]> {
    const containers = this.podman('ps', '-aq').split('\n').filter(Boolean);
    this.podman('pod', 'rm', '-af', '-t', '0');
    this.podman('rm', '-af', '-t', '0');
    const strangers = () => this.processes().filter(([, line]) => !/catatonit|^podman/.test(line));
    await until('the last of podman', () => strangers().length === 0, 20_000).catch(() => {});
    const left = strangers().map(([, line]) => line);
    this.podman('unshare', 'rm', '-rf', join(this.home, '.local'));
    for (const [pid] of this.processes()) end(pid);
    await until('the user’s last process', () => this.processes().length === 0, 20_000);
    rmSync(this.folder, { recursive: true, force: true });
    return [...containers, ...left];
  }

  /** Of the user: pid and command line. */
  private processes(): [number, string][] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && uidOf(name) === this.uid)
      .map((name) => [Number(name), commandLine(name)]);
  }

  private prepareFiles(): void {
    const { uid } = this;
    const add = (name: string, line: string) =>
      writeFileSync(join(this.folder, name), `${readFileSync(`/etc/${name}`, 'utf8')}${line}\n`);
    add('passwd', `kelp-test:x:${uid}:${uid}::${this.home}:/bin/sh`);
    add('group', `kelp-test:x:${uid}:`);
    writeFileSync(join(this.folder, 'subids'), `kelp-test:${uid * 1000}:65536\n`);
    writeFileSync(
      join(this.folder, 'containers.conf'),
      '[containers]\ndefault_ulimits = ["nofile=1024:1024","nproc=10000:10000"]\n[engine]\nruntime = "runc"\n',
    );
    execFileSync('mknod', [join(this.folder, 'tun'), 'c', '10', '200']);
    chmodSync(join(this.folder, 'tun'), 0o666);
    this.give(this.home);
    this.give(join(this.home, 'run'));
    chmodSync(join(this.home, 'run'), 0o700);
    const places = [
      ...['passwd /etc/passwd', 'group /etc/group', 'subids /etc/subuid', 'subids /etc/subgid'],
      'tun /dev/net/tun',
    ];
    const env = `PATH=$PATH HOME=${this.home} XDG_RUNTIME_DIR=${join(this.home, 'run')} CONTAINERS_CONF=${join(this.folder, 'containers.conf')}`;
    const inside = [
      'set -e',
      ...places.map((words) => `mount --bind ${this.folder}/${words}`),
      `exec setpriv --reuid=${uid} --regid=${uid} --clear-groups env -i ${env} "$@"`,
    ];
    writeFileSync(join(this.folder, 'inside'), `${inside.join('\n')}\n`);
    const script = `#!/bin/sh\nexec unshare --mount --propagation private /bin/sh ${join(this.folder, 'inside')} "$@"\n`;
    writeFileSync(this.program, script, { mode: 0o755 });
  }
}

function uidOf(pid: string): number | undefined {
  try {
    return statSync(`/proc/${pid}`).uid;
  } catch {
    return undefined; // it has ended
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 200);
  } catch {
    return ''; // it has ended
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
