// Commands that run in containers and are talked to. None outlives the one who talks to it: not when that one goes, and
// not when the agent is killed (it then ends when the next agent starts).

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import type { Clock, Logger } from '../../../shared/base/index.ts';
import { type ExecStreamRequest, type RunningExec, RuntimeFailure } from '../runtime.ts';
import type { ContainerFolder } from './container-folder.ts';
import { findTool } from './find-command.ts';
import { execMarker, processesOfExec, signal } from './process-table.ts';
import { saidTerminal, TerminalResizer, terminalFor } from './terminal.ts';
import { type Entering, wayInto, wordsInto } from './way-into.ts';

interface Options {
  clock: Clock;
  log: Logger;
}

type Where = Omit<Entering, 'command'> & { folder: ContainerFolder };

const killWaitMs = 20;
const killTries = 100;
/** In a container's folder: an exec that has not ended. */
const notePrefix = 'exec-';

export class ExecSessions {
  private readonly options: Options;
  private readonly open = new Map<string, { kill(): void; gone: Promise<void> }>();

  constructor(options: Options) {
    this.options = options;
  }

  /** Throws RuntimeFailure(ExecError). */
  async start(
    { folder, ...entering }: Where,
    { command, tty, size: first }: ExecStreamRequest,
  ): Promise<RunningExec> {
    const way = wayInto({ ...entering, command });
    const terminal = tty ? terminalFor(findTool('script'), way.env, first) : undefined;
    const id = randomBytes(8).toString('hex');
    const note = join(folder.path, notePrefix + id);
    await writeFile(note, '', { mode: 0o600 });
    const [program = '/bin/sh', ...args] = wordsInto(way, entering.meta, command, terminal?.words);
    const child = spawn(program, args, {
      detached: true,
      cwd: '/',
      env: { ...(terminal?.env ?? way.env), [execMarker]: id },
      stdio: ['pipe', 'pipe', 'pipe', ...(tty ? ['pipe' as const] : [])],
    });
    const exited = exitOf(child);
    const { stdin, stdout, stderr } = pipesOf(child);
    const ear = child.stdio[3];
    const device = ear instanceof Readable ? saidTerminal(ear) : undefined;
    const size = device && new TerminalResizer(() => device);
    let killed: Promise<void> | undefined;
    const kill = () => {
      killed ??= this.killAll(id);
    };
    const gone = exited
      .catch(() => {})
      .then(async () => {
        await killed;
        this.open.delete(id);
        await rm(note, { force: true });
      });
    this.open.set(id, { kill, gone });
    await started(child);
    if (tty) stderr.resume(); // script's own words
    return {
      ...{ stdin, stdout, exited, kill },
      stderr: tty ? undefined : stderr,
      resize: (columns, rows) => size?.resize(columns, rows),
    };
  }

  /** Ends what was talked to through an agent that was killed. */
  async endLost(folder: ContainerFolder): Promise<void> {
    for (const name of await readdir(folder.path)) {
      if (!name.startsWith(notePrefix)) continue;
      await this.killAll(name.slice(notePrefix.length));
      await rm(join(folder.path, name), { force: true });
    }
  }

  /** Ends them all. */
  async stop(): Promise<void> {
    const open = [...this.open.values()];
    for (const { kill } of open) kill();
    await Promise.all(open.map(({ gone }) => gone));
  }

  private async killAll(id: string): Promise<void> {
    const { clock, log } = this.options;
    for (let tries = 0; tries < killTries; tries++) {
      const left = processesOfExec(id);
      if (left.length === 0) return;
      for (const process of left) signal(process, 'SIGKILL');
      await clock.sleep(killWaitMs);
    }
    log.error({ exec: id }, 'processes of an exec do not die');
  }
}

function pipesOf(child: ChildProcess): { stdin: Writable; stdout: Readable; stderr: Readable } {
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error('a command without pipes');
  // A command that does not listen any more is no error: it ends as it ends.
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => stream.destroy());
  return { stdin, stdout, stderr };
}

function exitOf(child: ChildProcess): Promise<number> {
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, killed) => resolve(code ?? 128 + (killed ? constants.signals[killed] : 0)));
  });
  exited.catch(() => {
    // `started` says so.
  });
  return exited;
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) =>
      reject(new RuntimeFailure('ExecError', `failed to exec in container: ${cause.message}`, { cause })),
    );
  });
}
