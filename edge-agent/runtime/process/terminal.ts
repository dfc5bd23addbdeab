// A terminal for a command, with what a board has: script(1) makes it, stty(1) sets its size.

import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { RuntimeFailure } from '../runtime.ts';
import { quoted } from './quoted.ts';

/** Says on file descriptor 3 which terminal it is, before the command has it. */
const insideTerminal = 'stty sane; tty >&3; exec 3>&-; [ "$1" = keep ] || unset SHELL; shift; exec "$@"';

/** The command as script runs it: its output is ours, its exit code is the command's. File descriptor 3 must be a pipe. */
export function inTerminal(
  script: string | undefined,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): { command: string[]; env: Record<string, string> } {
  if (!script) {
    throw new RuntimeFailure(
      'ExecError',
      'a terminal needs script(1) on this board (Debian package bsdutils)',
    );
  }
  const words = [
    '/bin/sh',
    '-c',
    insideTerminal,
    'kelp-tty',
    env.SHELL === undefined ? 'drop' : 'keep',
    ...command,
  ];
  return {
    command: [script, '-qefc', `exec ${words.map(quoted).join(' ')}`, '/dev/null'],
    env: { TERM: 'xterm', ...env, SHELL: '/bin/sh' },
  };
}

export class TerminalSize {
  private path: string | undefined;
  private wanted: { columns: number; rows: number } | undefined;
  private readonly stty: string | undefined;

  /** `ear` is the other end of file descriptor 3. */
  constructor({ stty, ear }: { stty: string | undefined; ear: Readable }) {
    this.stty = stty;
    let said = '';
    ear.on('data', (chunk) => {
      said += chunk;
      const path = /^(\/dev\/\S+)\n/.exec(said)?.[1];
      if (!path) return;
      this.path = path;
      ear.destroy();
      this.set();
    });
    ear.on('error', () => ear.destroy());
  }

  /** Characters; whoever runs in the terminal hears of it (SIGWINCH). */
  resize(columns: number, rows: number): void {
    this.wanted = { columns, rows };
    this.set();
  }

  private set(): void {
    if (!this.wanted || !this.path || !this.stty) return;
    const { columns, rows } = this.wanted;
    const child = spawn(this.stty, ['-F', this.path, 'cols', `${columns}`, 'rows', `${rows}`], {
      stdio: 'ignore',
    });
    child.on('error', () => {
      // The terminal keeps the size that it has.
    });
  }
}
