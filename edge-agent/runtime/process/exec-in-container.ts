// Runs a command in a container's surroundings: its mounts, environment, user and working directory.

import { spawn } from 'node:child_process';
import type { Clock } from '../../../shared/base/index.ts';
import { type ExecResult, RuntimeFailure } from '../runtime.ts';
import { type Entering, wayInto, wordsInto } from './way-into.ts';

const outputLimit = 10 * 1024;
const lastOutputMs = 200;

interface Request extends Entering {
  clock: Clock;
  timeoutSeconds: number;
}

/** Throws RuntimeFailure(ExecError) when the command cannot be started. */
export async function execInContainer({ clock, timeoutSeconds, ...entering }: Request): Promise<ExecResult> {
  const { command } = entering;
  const way = wayInto(entering);
  const { env } = way;
  const [program = '/bin/sh', ...args] = wordsInto(way, entering.meta, command);
  const child = spawn(program, args, { detached: true, cwd: '/', env, stdio: ['ignore', 'pipe', 'pipe'] });

  const chunks: Buffer[] = [];
  let length = 0;
  const collect = (chunk: Buffer) => {
    if (length < outputLimit) chunks.push(chunk.subarray(0, outputLimit - length));
    length += chunk.length;
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);

  return new Promise((resolve, reject) => {
    let timedOut = false;
    let exitCode = 0;
    const answer = () => {
      timer.cancel();
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ exitCode, output: Buffer.concat(chunks).toString(), timedOut });
    };
    const timer = clock.after(timeoutSeconds * 1000, () => {
      timedOut = true;
      if (child.pid) killGroup(child.pid);
    });
    child.on('error', (cause) => {
      timer.cancel();
      reject(new RuntimeFailure('ExecError', `failed to exec in container: ${cause.message}`, { cause }));
    });
    // 'close' waits for whoever holds the pipes; a command that leaves a child behind must not hold up a probe.
    child.on('exit', (code, killed) => {
      exitCode = code ?? (killed === 'SIGKILL' ? 137 : 128);
      clock.after(lastOutputMs, answer);
    });
    child.on('close', answer);
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended in the same moment.
  }
}
