// Hears that the board is about to go down, and holds that up until everything has ended: through logind, where the board
// has systemd (`systemd-inhibit` holds the lock, `busctl` under it hears the signal).

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import type { Logger } from '../../shared/base/index.ts';

interface Options {
  log: Logger;
  /** The board goes down when this has ended. */
  ending(): Promise<void>;
}

const watched = [
  '--json=short',
  "--match=type='signal',interface='org.freedesktop.login1.Manager',member='PrepareForShutdown'",
  'monitor',
];
/** Ends with whoever started it: an agent that is killed leaves no lock behind. */
const untilLeft = ['sh', '-c', 'busctl "$@" & read -r _; kill $!', 'kelp-shutdown'];
const lock = [
  '--what=shutdown',
  '--mode=delay',
  '--who=kelp agent',
  '--why=pods of this node are to end first',
];

export class ShutdownWatch {
  private readonly options: Options;
  private child: ChildProcess | undefined;
  private begun = false;

  constructor(options: Options) {
    this.options = options;
  }

  /** Without systemd nothing is heard; `isBoardStopping` may still know. */
  start(): void {
    const child = spawn('systemd-inhibit', [...lock, ...untilLeft, ...watched], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.child = child;
    // It may have ended before it is told to.
    child.stdin?.on('error', () => undefined);
    child.on('error', (error) =>
      this.options.log.info({ reason: error.message }, 'no lock on the shutdown of the board'),
    );
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('PrepareForShutdown') && text.includes('true')) this.hear();
    });
  }

  stop(): void {
    this.child?.stdin?.end();
    this.child?.stdout?.destroy();
    this.child?.unref();
    this.child = undefined;
  }

  private hear(): void {
    if (this.begun) return;
    this.begun = true;
    const { ending, log } = this.options;
    ending()
      .catch((error: unknown) => log.error({ err: error }, 'ending the pods of a board that goes down'))
      .finally(() => this.stop());
  }
}

/** True while systemd takes the board down: then a SIGTERM is meant for it, and not for the agent alone. */
export function isBoardStopping(): Promise<boolean> {
  return new Promise((resolve) => {
    // It exits with 1 for every state but `running`.
    execFile('systemctl', ['is-system-running'], { timeout: 2_000 }, (_error, stdout) => {
      resolve(String(stdout).trim() === 'stopping');
    });
  });
}
