// Starts a runtime in a process of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ContainerSpec } from '../../edge-agent/runtime/index.ts';
import { endProcess } from './end-process.ts';

const living = new Set<ChildProcess>();
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** `said` answers what it wrote so far: the id of each container on a line, then what went wrong. */
export function spawnRuntime(
  directory: string,
  specs: readonly ContainerSpec[],
  { uid }: { uid?: number } = {},
): { host: ChildProcess; said(): string } {
  const script = fileURLToPath(new URL(`runtime-host.${extension}`, import.meta.url));
  const loader = extension === 'ts' ? ['--import', 'tsx'] : [];
  const args = [...loader, script, directory, ...specs.map((one) => JSON.stringify(one))];
  const host = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  living.add(host);
  host.once('exit', () => living.delete(host));
  let text = '';
  for (const stream of [host.stdout, host.stderr]) stream.on('data', (chunk) => (text += chunk));
  return { host, said: () => text };
}

/** Kills what a test left running when it failed halfway: it would write to folders that are about to go. */
export async function killHosts(): Promise<void> {
  await Promise.all([...living].map(endProcess));
}
