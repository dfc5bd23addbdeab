// How much has come so far: said from the first second on, once a second.

import type { Terminal } from '../command.ts';
import { sizeText } from './size-text.ts';

const everyMs = 1000;

export class Progress {
  private readonly terminal: Pick<Terminal, 'err'>;
  private readonly onOneLine: boolean;
  private said = performance.now();
  private shown = false;

  constructor(terminal: Pick<Terminal, 'err'>) {
    this.terminal = terminal;
    this.onOneLine = 'isTTY' in terminal.err && terminal.err.isTTY === true;
  }

  async *following(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let sum = 0;
    for await (const chunk of bytes) {
      yield chunk;
      sum += chunk.length;
      this.say(sum);
    }
  }

  /** Leaves the line. */
  end(): void {
    if (this.shown && this.onOneLine) this.terminal.err.write('\n');
  }

  private say(sum: number): void {
    const now = performance.now();
    if (now - this.said < everyMs) return;
    this.said = now;
    this.shown = true;
    this.terminal.err.write(this.onOneLine ? `\r${sizeText(sum)} …` : `${sizeText(sum)} …\n`);
  }
}
