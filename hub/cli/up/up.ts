// Starts a hub, lets local agents join it, shows where everything is, and waits for Ctrl-C. All data lie in one folder:
// the hub's in it, each agent's in `nodes/<name>`.

import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kelpHome } from '../../../shared/base/index.ts';
import { Api } from '../api.ts';
import type { Terminal } from '../command.ts';
import { loadAccess } from '../kubeconfig.ts';
import { newJoinToken } from '../token/create-token.ts';
import { Progress } from './progress.ts';
import { screen } from './screen.ts';
import { SupervisedProcess } from './supervised-process.ts';

export interface UpFlags {
  nodes: number;
  dataDir?: string;
  bind: string;
  httpsPort: number;
  mqttPort: number;
}

const kelp = fileURLToPath(new URL('../../../../bin/kelp', import.meta.url));
/** Longer than the longest grace period that local workloads are given when they are stopped. */
const agentPatienceMs = 40_000;
const hubPatienceMs = 10_000;
const localTokenMs = 600_000;
const boardTokenMs = 86_400_000;

export async function up(flags: UpFlags, terminal: Terminal): Promise<void> {
  const directory = flags.dataDir ?? kelpHome(terminal.env);
  const progress = new Progress(terminal.err);
  const agents: SupervisedProcess[] = [];
  const say = (line: string) => void terminal.err.write(`${line}\n`);
  const program = (name: string, args: readonly string[]) =>
    new SupervisedProcess({ name, command: kelp, args, env: process.env, say });
  const hub = program('hub', hubArguments(flags, directory));
  // A second Ctrl-C must not leave behind what the first one is stopping.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => say('kelp: stopping …'));
  try {
    await progress.during('starting the hub', hub.start());
    const api = new Api(await loadAccess({ kubeconfig: join(directory, 'admin.kubeconfig') }, {}));
    try {
      const names = nodeNames(flags.nodes);
      for (const name of names) {
        if (terminal.interrupted.aborted) return;
        const agent = program(`agent ${name}`, await agentArguments(api, directory, name));
        agents.push(agent);
        await progress.during(`starting node ${name}`, agent.start());
      }
      terminal.out.write(
        await screen(api, { directory, names, token: await newJoinToken(api, boardTokenMs) }),
      );
    } finally {
      api.close();
    }
    await untilInterrupted(terminal.interrupted);
  } finally {
    await progress.during(
      'stopping local workloads and agents',
      Promise.all(agents.map((agent) => agent.stop(agentPatienceMs))),
    );
    await progress.during('stopping the hub', hub.stop(hubPatienceMs));
  }
}

function hubArguments({ bind, httpsPort, mqttPort }: UpFlags, directory: string): string[] {
  return [
    'hub',
    '--data-dir',
    directory,
    '--bind',
    bind,
    '--https-port',
    `${httpsPort}`,
    '--mqtt-port',
    `${mqttPort}`,
  ];
}

/** The first node has the machine's name, as it has where an agent is started by hand. */
function nodeNames(count: number): string[] {
  const first = hostname().toLowerCase();
  return Array.from({ length: count }, (_, index) => (index === 0 ? first : `${first}-${index + 1}`));
}

async function agentArguments(api: Api, directory: string, name: string): Promise<string[]> {
  const dataDir = join(directory, 'nodes', name);
  const joined = existsSync(join(dataDir, 'hub.json'));
  return [
    'agent',
    '--hub',
    api.access.server,
    '--node-name',
    name,
    '--data-dir',
    dataDir,
    '--stop-pods-on-exit',
    ...(joined ? [] : ['--token', await newJoinToken(api, localTokenMs)]),
  ];
}

function untilInterrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    // The children are processes of their own: something must keep this one alive.
    const alive = setInterval(() => {}, 2 ** 30);
    signal.addEventListener('abort', () => clearInterval(alive), { once: true });
  });
}
