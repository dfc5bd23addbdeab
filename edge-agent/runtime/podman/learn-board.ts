// What podman says of itself and this board, asked once at the start.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, UserError } from '../../../shared/base/index.ts';
import { Cgroup } from '../cgroup/index.ts';
import type { Feature } from '../runtime.ts';
import { field, text } from './answers.ts';
import { boardShortcomings } from './board-shortcomings.ts';
import type { PodmanApi } from './podman-api.ts';
import { firstHostPort } from './rootless.ts';

export interface PodmanBoard {
  version: string;
  /** Where podman keeps images and what containers write; empty: it does not say. */
  imageFolder: string;
  shortcomings: ReadonlyMap<Feature, string>;
  /** The kernel counts swap too. */
  limitsSwap: boolean;
}

export const unknownBoard: PodmanBoard = {
  ...{ version: '', imageFolder: '', shortcomings: new Map(), limitsSwap: false },
};

const oldestVersion = [4, 3] as const;

/** Throws UserError for a podman that is too old. */
export async function learnBoard(api: PodmanApi): Promise<PodmanBoard> {
  const info = await api.call({ method: 'GET', path: '/libpod/info' });
  const version = text(field(info, 'version'), 'Version');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor, leastMinor] = oldestVersion;
  if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
    const wanted = oldestVersion.join('.');
    throw new UserError(`podman ${version} is too old: kelp needs podman ${wanted} or newer`);
  }
  const subordinates = (await readIfThere('/etc/subuid')) ?? '';
  return {
    version,
    imageFolder: text(field(info, 'store'), 'graphRoot'),
    shortcomings: boardShortcomings(info, {
      subordinates: /^containers:/m.test(subordinates),
      firstHostPort: firstHostPort(),
    }),
    limitsSwap: boardLimitsSwap(),
  };
}

function boardLimitsSwap(): boolean {
  const memory = Cgroup.ofProcess(process.pid)?.folders.get('memory');
  if (!memory) return false;
  return existsSync(
    join(memory.path, memory.version === 1 ? 'memory.memsw.limit_in_bytes' : 'memory.swap.max'),
  );
}
