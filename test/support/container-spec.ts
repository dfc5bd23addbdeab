// Container specs for tests of runtimes, and what is on the board because of them.

import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { ContainerSpec, Runtime, RuntimeContainer, Sandbox } from '../../edge-agent/runtime/index.ts';
import { until } from './until.ts';

/** A container of the board that runs `script` in sh. */
export function shellContainer(
  script: string,
  folder: string,
  more: Partial<ContainerSpec> = {},
): ContainerSpec {
  const podUid = more.podUid ?? randomUUID();
  const name = more.name ?? 'c';
  const attempt = more.attempt ?? 0;
  return {
    podUid,
    podNamespace: 'default',
    podName: 'p',
    name,
    attempt,
    image: 'host',
    command: ['sh', '-c', script],
    args: [],
    env: [],
    mounts: [],
    oomScoreAdj: 0,
    logPath: `${folder}/logs/${podUid}/${name}/${attempt}.log`,
    ...more,
  };
}

/** The surroundings of a pod that asks for nothing. */
export function sandboxOf(
  { podUid, podName, podNamespace }: ContainerSpec,
  more: Partial<Sandbox> = {},
): Sandbox {
  return {
    ...{ uid: podUid, name: podName, namespace: podNamespace, hostname: podName },
    ...{ hostNetwork: false, hostPid: false, hostIpc: false, hostUsers: true, shareProcessNamespace: false },
    ...{ ports: [], sysctls: [], qosClass: 'BestEffort' },
    ...more,
  };
}

/** The container once it has ended. */
export async function endedIn(
  runtime: Pick<Runtime, 'list'>,
  id: string,
): Promise<RuntimeContainer | undefined> {
  const find = async () => (await runtime.list()).find((one) => one.id === id);
  await until('the end of the container', async () => (await find())?.state === 'exited');
  return find();
}

/** Pids of all processes whose environment holds `text`. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(text);
      } catch {
        return false;
      }
    });
}

/** The contents of a log in the CRI format. */
export function logContents(path: string): string {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' ').slice(3).join(' ') + (line.split(' ')[2] === 'F' ? '\n' : ''))
    .join('');
}
