// What agents that were killed leave on this machine: networks of pods, mounts and control groups; and a range of addresses
// that nobody here has.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { routesOf } from '../../edge-agent/runtime/network/plan-addresses.ts';
import { chooseSubnet, formatSubnet } from '../../shared/machinery/index.ts';
import { until } from './until.ts';

const isRoot = process.getuid?.() === 0;

/** Room for 16 nodes. Tests of other runs take theirs from all over the place too. */
export function freeClusterCidr(): string {
  const all = { base: (10 << 24) + (128 << 16), bits: 10 };
  const routes = routesOf(readFileSync('/proc/net/route', 'utf8'), '');
  const found = chooseSubnet(all, 20, routes, Math.floor(Math.random() * 1024));
  if (!found) throw new Error('this machine has no free range of addresses');
  return formatSubnet(found);
}

/** Of the agent with this data folder: devices, namespaces and tables. */
export function networkTraces(agentDirectory: string): string[] {
  if (!isRoot) return [];
  const tag = tagOf(agentDirectory);
  const namespaces = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  const tables = nft('list', 'tables').split('\n');
  return [...devices(), ...namespaces, ...tables].filter((name) => name.includes(tag));
}

/** After an agent was killed, and its workloads with it. */
export function removeNetwork(agentDirectory: string): void {
  const tag = tagOf(agentDirectory);
  for (const name of networkTraces(agentDirectory)) {
    if (name.startsWith('table ')) nft('delete', ...name.split(' '));
    else if (devices().includes(name)) execFileSync('ip', ['link', 'delete', name]);
    // The pair of devices goes with its namespace.
    else if (name.startsWith(`kelp-${tag}-`)) execFileSync('ip', ['netns', 'delete', name]);
  }
}

/** Volumes of pods. What is still in use is let go as soon as it is not. */
export function removeMounts(folder: string): void {
  const points = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const point of points.reverse())
    if (point.startsWith(`${folder}/`)) execFileSync('umount', ['-l', point]);
}

/** After an agent was killed, and its workloads with it: their last processes may still be on their way out. */
export async function removeControlGroups(agentDirectory: string): Promise<void> {
  if (!isRoot) return;
  const name = `kelp-${tagOf(agentDirectory)}`;
  // It fails where others' groups go while it looks; what it found is good.
  const found = () =>
    spawnSync('find', ['/sys/fs/cgroup', '-depth', '-type', 'd', '-path', `*/${name}*`], { encoding: 'utf8' })
      .stdout;
  await until('control groups to be empty', () =>
    found()
      .split('\n')
      .filter((path) => path !== '')
      .map(isRemoved)
      .every(Boolean),
  );
}

function isRemoved(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch {
    return !existsSync(group);
  }
}

const devices = () =>
  readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .flatMap((line) => /^\s*(\S+):/.exec(line)?.[1] ?? []);

function nft(...args: string[]): string {
  return existsSync('/usr/sbin/nft') ? execFileSync('/usr/sbin/nft', args, { encoding: 'utf8' }) : '';
}

/** The agent's own name for it (PodNetworks). */
function tagOf(agentDirectory: string): string {
  return createHash('sha256').update(`${agentDirectory}/process`).digest('hex').slice(0, 8);
}
