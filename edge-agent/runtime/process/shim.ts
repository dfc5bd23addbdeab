// The small sh program between the agent and a container's main process. It outlives the agent, so that the exit
// code is not lost when the container ends while no agent runs.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Readable } from 'node:stream';
import { RuntimeFailure } from '../runtime.ts';
import type { ContainerFolder } from './container-folder.ts';
import { defaultPath } from './find-command.ts';
import type { Setup } from './plan-mounts.ts';
import { quoted } from './quoted.ts';

export interface Launch {
  /** Program and arguments, with all words before it. */
  command: readonly string[];
  env: Record<string, string>;
  /** Names that a POSIX shell would drop from the environment, e.g. with a dot. */
  oddEnv: readonly string[];
  /** Of the board's file system, as the container sees it. */
  workingDir: string;
  /** The words to put before the shim, so that it is in namespaces (and where systemd makes that, a control group) of its own. */
  namespaces: readonly string[];
  /** What the shim does first, in these. */
  setup: Setup;
  /** Its own; absent: the board's. */
  hostname?: string;
  /** Files of its control group into which it writes itself. */
  doors: readonly string[];
  /** Where its control group counts what the kernel ended; absent: the group stays until the agent has looked. */
  oomEvents?: string;
  oomScoreAdj: number;
  /** It can be told something. */
  stdin?: boolean;
  /** `command` makes a terminal, and says its name on file descriptor 3. */
  tty?: boolean;
}

// File descriptors: 3 the agent's ear until the start is over, 4 the exit code, 5 who the processes are;
// 6 the container's stderr, so that the shim's own ("Killed") does not mix in.
// An agent that was killed hears nothing of the start: the command runs all the same, without the signal of a broken pipe.
// Who may not lower the score of its processes leaves it: what a shell says of that is not for the log of the container.
// The traps are empty commands, not ignored signals: what is ignored would stay ignored in the container.
const script = (
  { stdin, tty, doors, oomEvents, oomScoreAdj, setup, hostname }: Launch,
  folder: ContainerFolder,
) => `
echo ${shimScore} 2>/dev/null >/proc/self/oom_score_adj
stdin=/dev/null
${stdin ? `stdin=${quoted(folder.stdinPath)}` : ''}
terminal=${tty ? quoted(folder.terminalPath) : '/dev/null'}
exec 6>&2 2>/dev/null
trap : HUP INT QUIT TERM USR1 USR2 ALRM PIPE
{ read -r line </proc/sys/kernel/random/boot_id; echo "$line"; read -r line </proc/$$/stat; echo "$line"; } >&5
fail() { echo "failed $1" >&3; exit 125; }
directory=$1
shift
${hostname === undefined ? '' : `echo ${quoted(hostname)} >/proc/sys/kernel/hostname`}
${setup.map(step).join('\n')}
cd -- "$directory" 2>/dev/null || fail "directory"
${stdin ? holder(folder) : ''}
/bin/sh -c 'read -r line </proc/$$/stat; echo "$line" >&5; unset PWD OLDPWD
  for door in ${doors.map(doubleQuoted).join(' ')}; do
    echo 0 >"$door" || { echo "failed entering $door" >&3; exit 125; }
  done
  { echo ${oomScoreAdj} >/proc/self/oom_score_adj; } 2>/dev/null
  trap "" PIPE; { echo started >&3; } 2>/dev/null; trap - PIPE; exec "$@" ${tty ? '3>&7' : '3>&-'} 4>&- 5>&- 7>&-' kelp "$@" <"$stdin" 2>&6 6>&- 7>"$terminal"
code=$?
${oomEvents === undefined ? '' : oomNote(oomEvents, folder)}
echo $code >&4
`;

/** Who watches is the last to be ended for want of memory. */
const shimScore = -998;

const oomNote = (events: string, folder: ContainerFolder) => `
while read -r word count; do
  case "$word $count" in "oom_kill "[1-9]*) : >${quoted(folder.oomNotePath)} ;; esac
done <${quoted(events)}`;

/** Inside of single quotes. */
const doubleQuoted = (path: string) => `"${path}"`;

const step = (words: readonly string[]) =>
  `said=$(PATH=${defaultPath}; exec ${words.map(quoted).join(' ')} 2>&1) || fail ${quoted(words.at(-1) ?? '')}": $said"`;

/** Keeps the FIFO open, so that the container's stdin does not end with whoever wrote to it first. */
const holder = (folder: ContainerFolder) => `
sleep 2147483647 7<>"$stdin" </dev/null >/dev/null 3>&- 4>&- 5>&- 6>&- &
echo $! >${quoted(folder.stdinHolderPath)}`;

/** Starts the command behind a shim in a session of its own; resolves once the command's process exists. */
export async function launch(folder: ContainerFolder, request: Launch): Promise<ChildProcess> {
  const { namespaces, workingDir } = request;
  if (request.stdin) await makeFifo(folder.stdinPath);
  const shell = ['/bin/sh', '-c', script(request, folder), 'kelp-shim', workingDir];
  const [program = '/bin/sh', ...args] = [
    ...namespaces,
    ...shell,
    ...withOddEnv(request),
    ...request.command,
  ];

  const files = [folder.spoolPath, folder.exitPath, folder.processesPath].map((path) =>
    openSync(path, 'a', 0o600),
  );
  const [spool = -1, exit = -1, processes = -1] = files;
  const stdio = ['ignore' as const, spool, spool, 'pipe' as const, exit, processes];
  try {
    const child = spawn(program, args, { detached: true, cwd: '/', env: request.env, stdio });
    await untilStarted(child, workingDir);
    child.unref();
    return child;
  } finally {
    for (const file of files) closeSync(file);
  }
}

function withOddEnv({ oddEnv, env }: Launch): string[] {
  return oddEnv.length > 0 ? ['env', ...oddEnv.map((name) => `${name}=${env[name]}`)] : [];
}

function makeFifo(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('mkfifo', ['-m', '600', path], (cause) => {
      if (!cause) return resolve();
      const message = `making the stdin of the container: ${cause.message}`;
      reject(new RuntimeFailure('CreateContainerError', message, { cause }));
    });
  });
}

async function untilStarted(child: ChildProcess, workingDir: string): Promise<void> {
  const said = await new Promise<string>((resolve, reject) => {
    const ear = child.stdio[3];
    if (!(ear instanceof Readable)) return reject(new Error('the shim has no ear'));
    let text = '';
    ear.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) {
        ear.destroy();
        resolve(text);
      }
    });
    ear.on('close', () => resolve(text));
    child.on('error', (cause) =>
      reject(new RuntimeFailure('RunContainerError', `starting the shim: ${cause.message}`, { cause })),
    );
  });
  if (said.startsWith('started')) return;
  const failure = said.replace(/^failed /, '').trim();
  if (failure === 'directory') {
    const text = `chdir to cwd ("${workingDir}") set in config.json failed: no such file or directory: unknown`;
    throw new RuntimeFailure('RunContainerError', `unable to start container process: ${text}`);
  }
  throw new RuntimeFailure(
    'RunContainerError',
    `unable to start container process: ${failure || 'the shim ended'}`,
  );
}
