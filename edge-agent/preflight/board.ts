// What the checks look at, read once. What cannot be read is undefined: a check says nothing about what it does not know.

import { execFile } from 'node:child_process';
import { readFile, statfs } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';

export interface Board {
  /** As Node names it: arm64, arm, x64 … */
  architecture: string;
  /** Of 32-bit ARM: 6, 7. */
  armVersion: number | undefined;
  /** e.g. `Raspberry Pi 4 Model B Rev 1.4`. */
  model: string | undefined;
  root: boolean;
  memoryCgroup: 'on' | 'off' | undefined;
  /** The file that holds the kernel's command line, on a Raspberry Pi. */
  commandLineFile: string | undefined;
  runtime: string;
  /** e.g. `4.3.1`; undefined: not installed. Only looked for where it is the runtime. */
  podmanVersion: string | undefined;
  /** Milliseconds since the epoch. */
  now: number;
  entropyBits: number | undefined;
  disk: { path: string; freeBytes: number; totalBytes: number } | undefined;
  swaps: { device: string; kind: string; bytes: number }[];
}

export interface BoardOptions {
  dataDir: string;
  runtime: string;
  now: number;
}

export async function readBoard({ dataDir, runtime, now }: BoardOptions): Promise<Board> {
  const [model, controllers, cgroups, entropy, swaps] = await Promise.all(
    [
      '/proc/device-tree/model',
      '/sys/fs/cgroup/cgroup.controllers',
      '/proc/cgroups',
      '/proc/sys/kernel/random/entropy_avail',
      '/proc/swaps',
    ].map(textOf),
  );
  return {
    architecture: process.arch,
    armVersion: armVersionOf(process.config.variables),
    model: model?.replaceAll('\0', '').trim(),
    root: userInfo().uid === 0,
    memoryCgroup: memoryCgroupOf(controllers, cgroups),
    commandLineFile: await firstThere('/boot/firmware/cmdline.txt', '/boot/cmdline.txt'),
    runtime,
    podmanVersion: runtime === 'podman' ? await podmanVersion() : undefined,
    now,
    entropyBits: entropy === undefined ? undefined : Number(entropy),
    disk: await diskOf(dataDir),
    swaps: swapsOf(swaps ?? ''),
  };
}

/** `controllers`: cgroup.controllers of v2; `cgroups`: /proc/cgroups, whose last column says what is enabled. */
export function memoryCgroupOf(
  controllers: string | undefined,
  cgroups: string | undefined,
): Board['memoryCgroup'] {
  if (controllers?.split(/\s+/).includes('memory')) return 'on';
  const row = cgroups?.split('\n').find((line) => line.startsWith('memory\t'));
  if (row) return row.trim().endsWith('\t1') ? 'on' : 'off';
  return controllers === undefined && cgroups === undefined ? undefined : 'off';
}

/** /proc/swaps: Filename, Type, Size in KiB, Used, Priority. */
export function swapsOf(text: string): Board['swaps'] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [device, kind, size] = line.trim().split(/\s+/);
      return device && kind ? [{ device, kind, bytes: Number(size) * 1024 }] : [];
    });
}

function armVersionOf(variables: object): number | undefined {
  return 'arm_version' in variables ? Number(variables.arm_version) : undefined;
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

async function firstThere(...paths: string[]): Promise<string | undefined> {
  for (const path of paths) if ((await textOf(path)) !== undefined) return path;
  return undefined;
}

/** Of a folder that is not there yet: where it will be. */
async function diskOf(path: string): Promise<Board['disk']> {
  const found = await statfs(path).catch(() => undefined);
  const above = dirname(resolve(path));
  if (!found && above !== path) return diskOf(above);
  return found && { path, freeBytes: found.bavail * found.bsize, totalBytes: found.blocks * found.bsize };
}

function podmanVersion(): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('podman', ['--version'], { timeout: 10_000 }, (error, stdout) => {
      resolve(error ? undefined : /\d+\.\d+(\.\d+)?/.exec(stdout)?.[0]);
    });
  });
}
