// What this board offers for setting containers up: its programs, and what they may do, found out by trying.

import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { findTool } from './find-command.ts';
import { planOverlay } from './plan-mounts.ts';
import { type Tools, toolNames } from './tools.ts';

/** What a board lets containers have. */
export interface Means {
  tools: Tools;
  mayMount: boolean;
  mayOverlay: boolean;
}

/** `directory`: on the disk where containers will be. Leaves nothing mounted. */
export async function lookForMeans(directory: string): Promise<Means> {
  const tools: Tools = {};
  for (const name of toolNames) {
    const path = findTool(name);
    if (path) tools[name] = path;
  }
  const mayMount = await tryMounting(tools, directory);
  return { tools, mayMount, mayOverlay: mayMount && (await tryOverlay(tools, directory)) };
}

/** Gives the disk back what stands before `length`; false: this file system cannot. */
export async function punchHole({ fallocate }: Tools, path: string, length: number): Promise<boolean> {
  if (!fallocate) return false;
  return (await run([fallocate, '--punch-hole', '--offset', '0', '--length', String(length), path])) === 0;
}

/** True when bind mounts in a mount namespace of one's own work here. */
async function tryMounting({ unshare, mount, nsenter }: Tools, path: string): Promise<boolean> {
  if (userInfo().uid !== 0 || !unshare || !mount || !nsenter) return false;
  return (await run([unshare, '--mount', '--propagation', 'slave', mount, '--bind', path, path])) === 0;
}

/** True when overlays work on the disk of `directory`. */
async function tryOverlay(tools: Tools, directory: string): Promise<boolean> {
  const { unshare = 'unshare' } = tools;
  // Of one name, so that what an agent left that was killed meanwhile goes with it.
  const folder = join(directory, 'trial');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  const [lower = '', upper = '', work = ''] = await Promise.all(
    ['lower', 'upper', 'work'].map(async (name) => {
      await mkdir(join(folder, name));
      return join(folder, name);
    }),
  );
  const [overlay = []] = planOverlay(tools, { lower, upper, work }, lower);
  const works = (await run([unshare, '--mount', '--propagation', 'slave', ...overlay])) === 0;
  await rm(folder, { recursive: true, force: true });
  return works;
}

/** The exit code; -1: it cannot be started, or was killed. */
function run([program = '', ...args]: string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', cwd: '/' });
    child.on('error', () => resolve(-1));
    child.on('exit', (code) => resolve(code ?? -1));
  });
}
