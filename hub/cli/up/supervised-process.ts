// One program that `kelp up` keeps running: started, waited for until it says `ready`, started again when it crashes.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { backoffDelay, deferred, UserError } from '../../../shared/base/index.ts';

export interface SupervisedOptions {
  /** For messages, e.g. `hub`. */
  name: string;
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Lines for a person: what the program logs, and what happens to it. */
  say(line: string): void;
}

/** A program that ends sooner than this was not running well. */
const soundAfterMs = 10_000;
const restart = { base: 500, max: 30_000 };
/** The last lines of stderr are kept, to say why a start failed. */
const keptLines = 5;

export class SupervisedProcess {
  private readonly options: SupervisedOptions;
  private child: ChildProcess | undefined;
  private stopping = false;
  private crashes = 0;
  private restartTimer: NodeJS.Timeout | undefined;

  constructor(options: SupervisedOptions) {
    this.options = options;
  }

  /** Resolves with the line in which the program says that it is ready. Rejects (UserError) when it ends before. */
  async start(): Promise<string> {
    const { name, command, args, env, say } = this.options;
    const ready = deferred<string>();
    const lastLines: string[] = [];
    const begun = performance.now();
    let isReady = false;
    // A process group of its own: a Ctrl-C of the terminal reaches us alone, and we stop things in order.
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true });
    this.child = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!isReady && /\bready\b/.test(line)) {
        isReady = true;
        ready.resolve(line);
      }
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > keptLines) lastLines.shift();
      if (isReady) say(`${name}: ${line}`);
    });
    child.once('error', (error) => ready.reject(new UserError(`${name} can't be started: ${error.message}`)));
    child.once('close', (code, signal) => {
      this.child = undefined;
      const how = signal ? `was ended by ${signal}` : `ended with ${code}`;
      if (!isReady)
        ready.reject(new UserError(lastLines.at(-1)?.replace(/^kelp \w+: /, '') ?? `the ${name} ${how}`));
      else if (!this.stopping) this.startAgain(how, performance.now() - begun);
    });
    return ready.promise;
  }

  /** Asks it to end, and waits; after `patienceMs` it is killed. */
  async stop(patienceMs: number): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restartTimer);
    const child = this.child;
    if (!child) return;
    const ended = deferred();
    child.once('close', () => ended.resolve());
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    await ended.promise;
    clearTimeout(timer);
  }

  private startAgain(how: string, ranMs: number): void {
    if (ranMs > soundAfterMs) this.crashes = 0;
    const delay = backoffDelay(this.crashes++, restart);
    this.options.say(
      `the ${this.options.name} ${how}; it is started again in ${(delay / 1000).toFixed(1)} s`,
    );
    this.restartTimer = setTimeout(() => {
      this.start().then(
        () => this.options.say(`the ${this.options.name} runs again`),
        (error: Error) => {
          this.options.say(error.message);
          if (!this.stopping) this.startAgain('did not start', 0);
        },
      );
    }, delay);
  }
}
