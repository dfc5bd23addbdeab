// A terminal for a command, with what a board has: script(1) makes it, stty(1) sets its size.

import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { RuntimeFailure, type TerminalSize } from '../runtime.ts';
import { findTool } from './find-command.ts';
import { quoted } from './quoted.ts';

/** Says on file descriptor 3 which terminal it is, before the command has it. `$1`: what stty sets. */
const insideTerminal = 'stty sane $1; tty >&3; exec 3>&-; [ "$2" = keep ] || unset SHELL; shift 2; exec "$@"';

export interface ForTerminal {
  /** The command as script runs it: its output is ours, its exit code is the command's. File descriptor 3 must be a pipe. */
  words(command: readonly string[]): string[];
  env: Record<string, string>;
}

/** Throws RuntimeFailure(ExecError) on a board without script(1). */
export function terminalFor(
  script: string | undefined,
  env: Readonly<Record<string, string>>,
  size?: TerminalSize,
): ForTerminal {
  if (!script) {
    throw new RuntimeFailure(
      'ExecError',
      'a terminal needs script(1) on this board (Debian package bsdutils)',
    );
  }
  const first = size ? `cols ${size.columns} rows ${size.rows}` : '';
  const shell = env.SHELL === undefined ? 'drop' : 'keep';
  return {
    words(command) {
      const words = ['/bin/sh', '-c', insideTerminal, 'kelp-tty', first, shell, ...command];
      return [script, '-qefc', `exec ${words.map(quoted).join(' ')}`, '/dev/null'];
    },
    env: { TERM: 'xterm', ...env, SHELL: '/bin/sh' },
  };
}

/** Sets a terminal's size, one change after the other: the last one wins. */
export class TerminalResizer {
  private readonly find: () => Promise<string | undefined>;
  private wanted: TerminalSize | undefined;
  private setting = false;

  /** `find` answers the terminal's device once it is known; undefined: there is none. */
  constructor(find: () => Promise<string | undefined>) {
    this.find = find;
  }

  /** Characters; whoever runs in the terminal hears of it (SIGWINCH). */
  resize(columns: number, rows: number): void {
    this.wanted = { columns, rows };
    if (!this.setting) void this.set();
  }

  private async set(): Promise<void> {
    this.setting = true;
    const path = await this.find();
    const stty = findTool('stty');
    while (this.wanted && path && stty) {
      const { columns, rows } = this.wanted;
      this.wanted = undefined;
      await run(stty, ['-F', path, 'cols', `${columns}`, 'rows', `${rows}`]);
    }
    this.setting = false;
  }
}

/** What the command in the terminal says of it on file descriptor 3. */
export function saidTerminal(ear: Readable): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = '';
    ear.on('data', (chunk) => {
      said += chunk;
      const path = deviceIn(said);
      if (!path) return;
      resolve(path);
      ear.destroy();
    });
    ear.on('error', () => ear.destroy());
    ear.once('close', () => resolve(undefined));
  });
}

export function deviceIn(text: string): string | undefined {
  return /^(\/dev\/\S+)\n/.exec(text)?.[1];
}

/** Resolves at its end, however it ends: a terminal that can't be set keeps the size that it has. */
function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore' });
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
}
