// What of a pod has to outlive the agent and stands nowhere else: one small file in the pod's folder.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Container } from '../../shared/api/index.ts';

export type Resources = NonNullable<Container['resources']>;

/** Why the pod must not run (any more). */
export interface PodFailure {
  reason: string;
  message: string;
  /** Ended by the node for the sake of others: says so in the condition DisruptionTarget. */
  disruption?: boolean;
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

/** `folder`: the pod's own. What cannot be read was never written whole: nothing is known then. */
export async function readNotes(folder: string): Promise<PodNotes> {
  const text = await readFile(join(folder, fileName), 'utf8').catch(() => '{}');
  try {
    return { resources: {}, earlier: [], ...JSON.parse(text) };
  } catch {
    return { resources: {}, earlier: [] };
  }
}

export async function saveNotes(folder: string, notes: PodNotes): Promise<void> {
  const path = join(folder, fileName);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, JSON.stringify(notes), { mode: 0o600 });
  await rename(`${path}.new`, path);
}
