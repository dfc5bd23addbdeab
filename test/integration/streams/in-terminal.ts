// A program in a terminal of its own, typed to by a test.

import { type ChildProcess, spawn } from 'node:child_process';
import { eventually } from '../../support/cluster.ts';

export interface Typed {
  readonly text: string;
  readonly exitCode: Promise<number>;
  type(text: string): void;
  /** Waits until it was said. */
  says(text: string): Promise<unknown>;
  stop(): void;
}

/** `command` is for sh. */
export function inTerminal(command: string, env: Record<string, string>): Typed {
  const child: ChildProcess = spawn('script', ['-qefc', command, '/dev/null'], {
    env: { ...process.env, ...env, SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  const exitCode = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
  return {
    get text() {
      return text;
    },
    exitCode,
    type: (typed) => child.stdin?.write(typed),
    says: (wanted) => eventually(`the terminal to say ${wanted}`, () => text.includes(wanted) || undefined),
    stop: () => child.kill(),
  };
}
