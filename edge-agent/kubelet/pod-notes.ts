// What of a pod has to outlive the agent and stands nowhere else: two small files in the pod's folder.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Container, isOver, type PodStatus } from '../../shared/api/index.ts';

export type Resources = NonNullable<Container['resources']>;

/** Why the pod must not run (any more). */
export interface PodFailure {
  reason: string;
  message: string;
  /** Ended by the node for the sake of others: the condition DisruptionTarget says so, in other words where there are any. */
  disruption?: boolean | string;
  /** Its containers have no longer than this, whatever their own grace period is. */
  graceSeconds?: number;
}

export interface PodNotes {
  /** By container name: what it was started with, or brought to since. */
  resources: Record<string, Resources>;
  /** The start of the board in which the pod's surroundings were made; `noBoot`: they are lost. */
  boot?: string;
  /** Ids of containers from before that: they are gone for good, also those that had done their work. */
  earlier: string[];
  failed?: PodFailure;
}

export const noBoot = '';

const fileName = 'notes.json';
const saidName = 'status.json';

/** `folder`: the pod's own. What cannot be read was never written whole: nothing is known then. */
export async function readNotes(folder: string): Promise<PodNotes> {
  const text = await readFile(join(folder, fileName), 'utf8').catch(() => '{}');
  try {
    return { resources: {}, earlier: [], ...JSON.parse(text) };
  } catch {
    return { resources: {}, earlier: [] };
  }
}

export function saveNotes(folder: string, notes: PodNotes): Promise<void> {
  return save(folder, fileName, notes);
}

/** What was said of the pod last, unless that it is over: the hub sends it back as it was when it changed the pod. */
export async function readSaid(folder: string): Promise<PodStatus | undefined> {
  const text = await readFile(join(folder, saidName), 'utf8').catch(() => '');
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** It need not outlive the board: nothing is synced, so that a probe that wavers costs next to no flash. */
export async function saveSaid(folder: string, status: PodStatus): Promise<void> {
  if (!isOver(status)) await save(folder, saidName, status);
}

async function save(folder: string, name: string, value: object): Promise<void> {
  const path = join(folder, name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, JSON.stringify(value), { mode: 0o600 });
  await rename(`${path}.new`, path);
}
