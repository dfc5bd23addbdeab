// Mounts of the board that the kubelet makes for volumes. The kernel's own table is the only record of them: an agent that
// comes after finds what one before has mounted.

import { execFile } from 'node:child_process';
import { lstat, mkdir, readFile, realpath, rm } from 'node:fs/promises';
import { hasCapability } from '../../runtime/index.ts';

export interface MountRequest {
  type: 'tmpfs' | 'nfs' | 'bind';
  source: string;
  target: string;
  /** As `mount -o` takes them. */
  options?: readonly string[];
}

/** Why it could not be mounted, with the remedy. */
export class MountFault extends Error {}

const longestMs = 60_000;
/** Agents that are started by hand may not have these in their path. */
const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;

export class Mounts {
  /** Whether the agent may mount at all: root may, but not in every container. */
  readonly allowed = hasCapability('SYS_ADMIN');

  /** Mount points at or below a path, the innermost first. The kernel knows none of the links that may lead there. */
  async below(path: string): Promise<string[]> {
    const folder = await realpath(path).catch(() => path);
    const table = await readFile('/proc/self/mountinfo', 'utf8');
    const points = table.split('\n').map((line) => plain(line.split(' ')[4] ?? ''));
    return points.filter((point) => point === folder || point.startsWith(`${folder}/`)).reverse();
  }

  async isMounted(target: string): Promise<boolean> {
    const real = await realpath(target).catch(() => target);
    return (await this.below(real)).includes(real);
  }

  /** Throws MountFault. */
  async mount({ type, source, target, options = [] }: MountRequest): Promise<void> {
    if (!this.allowed) throw new MountFault(`mounting ${type} needs an agent that runs as root`);
    const kind = type === 'bind' ? ['--no-canonicalize', '--bind'] : ['-t', type];
    const list = options.length > 0 ? ['-o', options.join(',')] : [];
    const fault = await run('mount', [...kind, ...list, source, target]);
    if (fault !== undefined) throw new MountFault(`mount failed: ${remedyFor(type, fault)}`);
  }

  /** What is busy is let go as soon as nobody has it open any more. Throws MountFault. */
  async unmount(target: string): Promise<void> {
    if ((await run('umount', [target])) === undefined) return;
    const fault = await run('umount', ['-l', target]);
    if (fault !== undefined && (await this.isMounted(target)))
      throw new MountFault(`umount failed: ${fault}`);
  }

  /** Removes a folder with all that is in it, and nothing of what is mounted there. Throws MountFault. */
  async remove(folder: string): Promise<void> {
    if (!(await lstat(folder).catch(() => undefined))) return;
    for (const point of await this.below(folder)) await this.unmount(point);
    await rm(folder, { recursive: true, force: true });
  }

  /** The folder to mount at. */
  async makePoint(target: string): Promise<void> {
    await mkdir(target, { recursive: true, mode: 0o750 });
  }
}

/** mountinfo writes blanks and backslashes in octal. */
function plain(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function remedyFor(type: string, fault: string): string {
  if (type !== 'nfs') return fault;
  if (/unknown filesystem type/.test(fault))
    return `${fault}; the board's kernel knows no NFS: load its module (modprobe nfs), and install the package nfs-common`;
  return /mount program|bad option|helper program/.test(fault)
    ? `${fault}; install the package nfs-common`
    : fault;
}

/** What the program says when it fails; undefined: it did not. */
function run(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { timeout: longestMs, env: { PATH: path, LC_ALL: 'C' } };
    execFile(program, args, options, (error, _stdout, stderr) => {
      if (!error) resolve(undefined);
      else if (error.killed) resolve(`no answer within ${longestMs / 1000} seconds`);
      else resolve(stderr.trim().replace(/\s+/g, ' ') || error.message);
    });
  });
}
