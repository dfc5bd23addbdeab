// Processes of the board: whether one lives, and the end of one and all that it started, which share no session or
// namespace of their own.

import { readdirSync, readFileSync } from 'node:fs';

const tries = 5;

/** 0: there never was one. */
export function lives(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's, where the agent is not root.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

export function killTree(root: number): void {
  // What is started while the others are killed is found the next time.
  for (let round = 0; round < tries; round++) {
    const tree = treeOf(root);
    if (tree.length === 0) return;
    for (const pid of tree) kill(pid);
  }
}

function treeOf(root: number): number[] {
  const children = new Map<number, number[]>();
  let rootLives = false;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? statOf(pid) : undefined;
    if (!stat || stat.state === 'Z') continue;
    if (pid === root) rootLives = true;
    children.set(stat.parent, [...(children.get(stat.parent) ?? []), pid]);
  }
  const tree = rootLives ? [root] : [];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Fields 3 and 4 of /proc/PID/stat. */
function statOf(pid: number): { state: string; parent: number } | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', parent = ''] = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined; // it has ended
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in that moment.
  }
}
