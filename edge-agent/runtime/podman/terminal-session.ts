// A command at a terminal in a container of podman: started, talked to, and ended with all that it started.

import { readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Clock } from '../../../shared/base/index.ts';
import { type ExecStreamRequest, type RunningExec, RuntimeFailure } from '../runtime.ts';
import { field, idOf, number } from './answers.ts';
import { type PodmanApi, PodmanError } from './podman-api.ts';
import { killTree } from './process-tree.ts';

interface Where {
  api: PodmanApi;
  clock: Clock;
  containerId: string;
}

const lookMs = 20;
/** After the command's end podman takes a moment to note how that was. */
const noteTries = 100;
const resizeTries = 20;
/** podman answers a command that cannot be started with one of these, and says why where output is expected. */
const notStartedCodes = [125, 126, 127];
const notStarted = /exec failed|OCI runtime attempted|OCI permission denied/;

/** Throws RuntimeFailure(ExecError). */
export async function talkAtTerminal(where: Where, request: ExecStreamRequest): Promise<RunningExec> {
  const { execId, socket } = await begin(where, request);
  await untilStarted(where, execId, socket);
  const exited = closed(socket).then(() => exitCodeOf(where, execId));
  exited.catch(() => {}); // whoever waits for it hears of it
  return {
    stdin: socket,
    stdout: socket,
    stderr: undefined,
    exited,
    resize: (columns, rows) => {
      resize(where, execId, { w: columns, h: rows }).catch(() => {}); // it has ended
    },
    kill: () => endCommand(where, execId, socket),
  };
}

/** A terminal that is only just being made takes no size yet. */
async function resize({ api, clock }: Where, execId: string, query: { w: number; h: number }): Promise<void> {
  for (let tries = resizeTries; ; tries--) {
    try {
      await api.call({ method: 'POST', path: `/libpod/exec/${execId}/resize`, query });
      return;
    } catch (error) {
      if (tries === 0) throw error;
      await clock.sleep(lookMs);
    }
  }
}

async function begin(
  { api, containerId }: Where,
  { command, size }: ExecStreamRequest,
): Promise<{ execId: string; socket: Socket }> {
  try {
    const created = await api.call({
      method: 'POST',
      path: `/libpod/containers/${containerId}/exec`,
      body: { Cmd: command, Tty: true, AttachStdin: true, AttachStdout: true, AttachStderr: true },
    });
    const execId = idOf(created);
    const path = `/libpod/exec/${execId}/start`;
    const body = { Detach: false, Tty: true, ...(size && { h: size.rows, w: size.columns }) };
    const socket = await api.hijack({ method: 'POST', path, body });
    return { execId, socket };
  } catch (error) {
    if (!(error instanceof PodmanError)) throw error;
    throw new RuntimeFailure('ExecError', `failed to exec in container: ${error.message}`, { cause: error });
  }
}

/** Until its process is there, or it is clear that there will be none. */
async function untilStarted(where: Where, execId: string, socket: Socket): Promise<void> {
  for (;;) {
    const { pid, exitCode } = await inspect(where, execId);
    if (pid > 0) return;
    if (socket.destroyed || socket.readableEnded || exitCode !== 0) {
      if (!notStartedCodes.includes(exitCode)) return;
      await where.clock.sleep(lookMs);
      const said = String(socket.read() ?? '');
      checkStarted(exitCode, said);
      return;
    }
    await where.clock.sleep(lookMs);
  }
}

function checkStarted(exitCode: number, output: string): void {
  if (!notStartedCodes.includes(exitCode) || !notStarted.test(output)) return;
  const [line = ''] = output.slice(Math.max(0, output.indexOf('Error: '))).split('\n');
  const why = line.replace(/^Error: (\w+: )?/, '').replace(/: OCI (runtime|permission).*$/, '');
  throw new RuntimeFailure('ExecError', `failed to exec in container: OCI runtime exec failed: ${why}`);
}

function endCommand(where: Where, execId: string, socket: Socket): void {
  inspect(where, execId)
    .then(({ pid }) => pid > 0 && killTree(pid))
    .catch(() => {}) // the container is gone, and its commands with it
    .finally(() => socket.destroy());
}

async function exitCodeOf(where: Where, execId: string): Promise<number> {
  for (let tries = 0; tries < noteTries; tries++) {
    const { running, exitCode } = await inspect(where, execId);
    if (!running) return exitCode;
    await where.clock.sleep(lookMs);
  }
  return 137;
}

/** A command that is gone with its container was killed. */
async function inspect(
  { api }: Where,
  execId: string,
): Promise<{ running: boolean; pid: number; exitCode: number }> {
  try {
    const answer = await api.call({ method: 'GET', path: `/libpod/exec/${execId}/json` });
    const running = field(answer, 'Running') === true;
    return { running, pid: running ? number(answer, 'Pid') : 0, exitCode: number(answer, 'ExitCode') };
  } catch (error) {
    if (error instanceof PodmanError) return { running: false, pid: 0, exitCode: 137 };
    throw error;
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve();
    socket.once('close', () => resolve());
    socket.once('error', () => resolve());
  });
}

/** The conmon of a command waits for five minutes after its end; a pod cannot be removed quickly while it does. */
export function endLeftExecs(containerId: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      if (line.includes(containerId) && line.includes('--exec-attach')) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}
