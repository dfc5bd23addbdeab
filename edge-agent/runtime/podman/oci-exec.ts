// Commands in a container by the OCI runtime itself (runc, crun), as CRI-O runs them: with the container's user, environment
// and rights (command-files.ts). podman's own exec was tried first: it costs three times the CPU, and leaves two processes behind for five
// minutes and then a third; a pod that is probed by commands would have dozens of them. (With a terminal it is podman's.)

import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Writable } from 'node:stream';
import { type Clock, type Deferred, deferred, messageOf } from '../../../shared/base/index.ts';
import { type ExecResult, type RunningExec, RuntimeFailure } from '../runtime.ts';
import type { CommandFiles } from './command-files.ts';
import type { PodmanContainer } from './podman-container.ts';
import { killTree } from './process-tree.ts';
import { wordsToPodman } from './rootless.ts';
import { inWords } from './start-failure.ts';

interface Where {
  clock: Clock;
  container: PodmanContainer;
}

const outputLimit = 10 * 1024;
const lookMs = 5;
/** A command that left a child behind must not hold up a probe: so long its last words are waited for. */
const lastOutputMs = 200;
let serial = 0;

/** Throws RuntimeFailure(ExecError). */
export async function runCommand(
  where: Where,
  command: readonly string[],
  timeoutSeconds: number,
): Promise<ExecResult> {
  const exec = new OciExec(where, await processFile(where, (files) => files.keep(command)), 'ignore');
  const chunks: Buffer[] = [];
  let length = 0;
  for (const output of [exec.stdout, exec.stderr]) {
    output.on('data', (chunk: Buffer) => {
      if (length < outputLimit) chunks.push(chunk.subarray(0, outputLimit - length));
      length += chunk.length;
    });
  }
  let timedOut = false;
  const timer = where.clock.after(timeoutSeconds * 1000, () => {
    timedOut = true;
    exec.kill();
  });
  const exitCode = await exec.ended.promise;
  timer.cancel();
  await Promise.race([exec.closed.promise, where.clock.sleep(lastOutputMs)]);
  const output = Buffer.concat(chunks).toString();
  const started = await exec.finish();
  if (!started && !timedOut) throw execFailure(output, command);
  return { exitCode, output, timedOut };
}

/** Without a terminal. Throws RuntimeFailure(ExecError). */
export async function talkToCommand(where: Where, command: readonly string[]): Promise<RunningExec> {
  const file = await processFile(where, (files) => files.write(`talk-${process.pid}-${++serial}`, command));
  const exec = new OciExec(where, file, 'pipe');
  while ((await exec.pid()) === undefined && !exec.isOver) await where.clock.sleep(lookMs);
  const exited = exec.ended.promise.finally(async () => {
    await exec.finish();
    await rm(file, { force: true });
  });
  exited.catch(() => {}); // whoever waits for it hears of it
  if ((await exec.pid()) === undefined) {
    await exec.closed.promise;
    throw execFailure(String(exec.stderr.read() ?? ''), command);
  }
  const { stdin, stdout, stderr } = exec;
  return { stdin, stdout, stderr, exited, resize() {}, kill: () => exec.kill() };
}

/** Throws RuntimeFailure(ExecError): the container has just been removed. */
async function processFile(
  { container }: Where,
  write: (files: CommandFiles) => Promise<string>,
): Promise<string> {
  try {
    return await write(container.commandFiles);
  } catch (error) {
    throw execFailure(messageOf(error));
  }
}

class OciExec {
  /** The exit code. */
  readonly ended: Deferred<number> = deferred();
  /** Nobody holds its outputs open any more. */
  readonly closed: Deferred<void> = deferred();
  isOver = false;
  // Node throws away what nobody has read when a child ends: here it is kept.
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  private readonly child: ChildProcess;
  private readonly pidFile: string;
  private started: number | undefined;

  constructor({ container }: Where, file: string, stdin: 'ignore' | 'pipe') {
    this.pidFile = join(container.home.path, `exec-${process.pid}-${++serial}`);
    const [program = '', ...args] = [
      ...wordsToPodman(container.conmonPid),
      ...[container.ociRuntime, 'exec', '--pid-file', this.pidFile, '--process', file, container.id],
    ];
    this.child = spawn(program, args, {
      stdio: [stdin, 'pipe', 'pipe'],
      detached: true,
      cwd: '/',
    });
    piped(this.child.stdout).pipe(this.stdout);
    piped(this.child.stderr).pipe(this.stderr);
    this.child.once('error', (error) => this.end(() => this.ended.reject(execFailure(error.message))));
    this.child.once('exit', (code, signal) => {
      this.end(() => this.ended.resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
    });
    this.child.once('close', () => this.closed.resolve());
  }

  get stdin(): Writable {
    return piped(this.child.stdin);
  }

  /** Of the command itself; undefined: it has not started. */
  async pid(): Promise<number | undefined> {
    this.started ??= Number(await readFile(this.pidFile, 'utf8').catch(() => '')) || undefined;
    return this.started;
  }

  /** Answers whether it had started. */
  async finish(): Promise<boolean> {
    const pid = await this.pid();
    await rm(this.pidFile, { force: true });
    return pid !== undefined;
  }

  kill(): void {
    this.pid()
      .then((pid) => {
        if (pid !== undefined && !this.isOver) killTree(pid);
        this.child.kill('SIGKILL');
      })
      .catch(() => this.child.kill('SIGKILL'));
  }

  private end(settle: () => void): void {
    this.isOver = true;
    settle();
  }
}

function piped<T>(stream: T | null): T {
  if (stream === null) throw new Error('the command was started without this pipe');
  return stream;
}

/** runc logs `msg="…"`; crun says it plainly. */
function execFailure(said: string, [program = '']: readonly string[] = []): RuntimeFailure {
  const quoted = /msg=("(?:[^"\\]|\\.)*")/.exec(said)?.[1];
  const why = quoted === undefined ? (said.trim().split('\n').at(-1) ?? '') : String(JSON.parse(quoted));
  return new RuntimeFailure(
    'ExecError',
    `failed to exec in container: OCI runtime exec failed: ${inWords(why, program)}`,
  );
}
