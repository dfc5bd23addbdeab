// Hears that the board is about to go down, or stays up after all, and holds its end up until everything has ended: through
// logind, where the board has systemd (`systemd-inhibit` holds the lock, `busctl` under it hears the signal).
//
//   holding ──going down──▶ ending ──everything has ended──▶ released
//      ▲                       │                                │
//      └──────stays up─────────┴───────────stays up─────────────┘

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Logger } from '../../shared/base/index.ts';

interface Options {
  log: Logger;
  /** The board goes down when this has ended. */
  ending(): Promise<void>;
  /** It does not go down: somebody called that off. */
  stayingUp(): void;
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
  private state: 'holding' | 'ending' | 'released' = 'released';
  /** Of the end that is under way. */
  private ended: Promise<void> | undefined;

  constructor(options: Options) {
    this.options = options;
  }

  /** Without systemd nothing is heard; `isBoardStopping` may still know. */
  start(): void {
    this.becomeHolding();
  }

  stop(): void {
    this.child?.stdin?.end();
    this.child?.stdout?.destroy();
    this.child?.unref();
    this.child = undefined;
  }

  private hear(goesDown: boolean): void {
    if (goesDown && this.state === 'holding') this.becomeEnding();
    else if (!goesDown && this.state !== 'holding') {
      this.becomeHolding();
      this.options.stayingUp();
    }
  }

  /** Whoever is ending still has the lock. */
  private becomeHolding(): void {
    if (this.state === 'released') this.listen(['systemd-inhibit', ...lock, ...untilLeft]);
    this.state = 'holding';
    this.ended = undefined;
  }

  private becomeEnding(): void {
    this.state = 'ending';
    const { ending, log } = this.options;
    const ended = ending()
      .catch((error: unknown) => log.error({ err: error }, 'ending the pods of a board that goes down'))
      .finally(() => {
        if (this.ended === ended && this.child) this.becomeReleased();
      });
    this.ended = ended;
  }

  /** The board may go down, or still be told not to. */
  private becomeReleased(): void {
    this.state = 'released';
    this.listen(untilLeft);
  }

  private listen([program = '', ...args]: readonly string[]): void {
    this.stop();
    const child = spawn(program, [...args, ...watched], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.child = child;
    // It may have ended before it is told to.
    child.stdin?.on('error', () => undefined);
    child.on('error', (error) =>
      this.options.log.info({ reason: error.message }, 'no lock on the shutdown of the board'),
    );
    createInterface({ input: child.stdout }).on('line', (line) => {
      const told = /PrepareForShutdown.*\b(true|false)\b/.exec(line)?.[1];
      if (told && this.child === child) this.hear(told === 'true');
    });
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
