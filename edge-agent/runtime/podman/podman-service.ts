// `podman system service` on a socket of our own, only while it is needed: the first request starts it, and it is ended
// after a while without one, so that an idle board pays nothing for it.
//
// Measured with podman 4.3 (pod with one container of busybox, this against the CLI): 240 ms against 290 ms; being there
// takes 38 ms, as long as any single CLI call, and resident it would hold 33 to 48 MB. Hence neither CLI nor resident.
// Spawned with node:child_process: execa, tried first, takes 9 MB of the agent's memory for this one line.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, type Timer, UserError } from '../../../shared/base/index.ts';
import { endLeftService } from './left-service.ts';

interface Options {
  /** For its socket and its log; made with mode 0700. */
  directory: string;
  /** Global options of podman: `--root`, `--storage-driver`, … */
  args: readonly string[];
  clock: Clock;
}

/** A command of podman's that failed, and why. */
export class CommandError extends Error {}

/** So long without a request it is kept: bursts (a pod's start, probes by command) share one. */
const keepMs = 20_000;
/** It ends by itself after this when its agent was killed, and does not come back. */
const orphanSeconds = 120;
const startTimeoutMs = 30_000;
const lookMs = 3;
/** sun_path of a Unix socket. */
const longestSocketPath = 100;

export class PodmanService {
  private readonly options: Options;
  private users = 0;
  private serial = 0;
  private child: ChildProcess | undefined;
  private starting: Promise<string> | undefined;
  private idle: Timer | undefined;
  private socketPath: string | undefined;
  private socketFolder: string | undefined;
  private cleared: Promise<void> | undefined;

  constructor(options: Options) {
    this.options = options;
  }

  /** A command of podman's that its API does not have. Answers what it says, throws CommandError with what it complains of. */
  async run(command: readonly string[], cwd = '/'): Promise<string> {
    const { args } = this.options;
    const env = await this.environment();
    return new Promise((resolve, reject) => {
      execFile('podman', [...args, ...command], { cwd, env }, (error, said, complaint) =>
        error ? reject(new CommandError(complaint.trim() || error.message)) : resolve(said.trim()),
      );
    });
  }

  /** The socket's path, good until `release`. Throws UserError when podman cannot be started. */
  async acquire(): Promise<string> {
    this.users++;
    this.idle?.cancel();
    try {
      this.starting ??= this.start();
      return await this.starting;
    } catch (error) {
      this.starting = undefined;
      this.release();
      throw error;
    }
  }

  /** Noticed by who asked it, before its end is heard of. */
  hasEnded(socketPath: string): void {
    if (this.socketPath === socketPath) this.forget();
  }

  release(): void {
    this.users--;
    if (this.users > 0 || !this.child) return;
    this.idle?.cancel();
    this.idle = this.options.clock.after(keepMs, () => void this.end());
  }

  /** Containers run on. */
  async stop(): Promise<void> {
    this.idle?.cancel();
    await this.end();
    if (this.socketFolder) await rm(this.socketFolder, { recursive: true, force: true });
    this.socketFolder = undefined;
  }

  private async start(): Promise<string> {
    const { directory, args } = this.options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // A name of its own each time: a service removes its own socket when it ends, not that of the next.
    const socket = join(await this.folder(), `podman-${process.pid}-${++this.serial}.sock`);
    const env = await this.environment();
    this.socketPath = socket;
    const logPath = join(directory, 'service.log');
    const log = openSync(logPath, 'w', 0o600);
    // In a session of its own: Ctrl-C at a terminal is for the agent, which may still have pods to stop.
    const child = spawn(
      'podman',
      [...args, 'system', 'service', '--time', String(orphanSeconds), `unix://${socket}`],
      { stdio: ['ignore', log, log], detached: true, cwd: '/', env },
    );
    closeSync(log);
    this.child = child;
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
    });
    child.once('exit', () => {
      if (this.child === child) this.forget();
    });
    await this.untilReady(
      socket,
      () => failure ?? (this.child === child ? undefined : new Error('ended')),
      logPath,
    );
    return socket;
  }

  private async untilReady(socket: string, failed: () => Error | undefined, logPath: string): Promise<void> {
    const { clock } = this.options;
    const deadline = clock.monotonic() + startTimeoutMs;
    while (!(await answers(socket))) {
      const failure = failed();
      if (failure) throw await explained(failure, logPath);
      if (clock.monotonic() > deadline) {
        await this.end();
        throw new UserError(`podman does not answer: see ${logPath}`);
      }
      await clock.sleep(lookMs);
    }
  }

  /** Where sockets lie; what a killed agent left there is ended and removed. */
  private async folder(): Promise<string> {
    if (this.socketFolder) return this.socketFolder;
    const own = join(this.options.directory, 'run');
    if (own.length + 30 > longestSocketPath) {
      this.socketFolder = await mkdtemp(join(tmpdir(), 'kelp-podman-'));
      return this.socketFolder;
    }
    await mkdir(own, { recursive: true, mode: 0o700 });
    for (const socket of (await readdir(own)).map((name) => join(own, name))) {
      await endLeftService(socket, this.options.clock);
      await rm(socket, { force: true });
    }
    this.socketFolder = own;
    return own;
  }

  /** With a folder for what it fetches: what a podman that was cut off left there would stay in /var/tmp. */
  private async environment(): Promise<NodeJS.ProcessEnv> {
    const folder = join(this.options.directory, 'tmp');
    this.cleared ??= emptied(folder);
    await this.cleared;
    return { ...process.env, TMPDIR: folder };
  }

  private forget(): void {
    this.child = undefined;
    this.starting = undefined;
  }

  private async end(): Promise<void> {
    const { child } = this;
    this.forget();
    if (!child || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const over = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const timer = this.options.clock.after(5000, () => child.kill('SIGKILL'));
    await over;
    timer.cancel();
  }
}

async function emptied(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

async function explained(failure: Error, logPath: string): Promise<UserError> {
  if ('code' in failure && failure.code === 'ENOENT') {
    return new UserError(
      'podman is not installed on this board: apt install podman, or use --runtime process',
    );
  }
  const said = (await readFile(logPath, 'utf8').catch(() => '')).trim().split('\n').at(-1) ?? '';
  return new UserError(`podman could not be started: ${said || failure.message}`);
}
