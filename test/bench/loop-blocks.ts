// The longest time for which this process' event loop was held up by its own work: what it waited for a processor is left
// out, so that a busy machine does not count.

import { readFileSync } from 'node:fs';

/** Milliseconds between two looks. */
const every = 1;

export class LoopBlocks {
  private longest = 0;
  private timer: NodeJS.Timeout | undefined;

  start(): void {
    let before = look();
    this.timer = setInterval(() => {
      const now = look();
      this.longest = Math.max(this.longest, now.wall - before.wall - (now.waited - before.waited) - every);
      before = now;
    }, every);
  }

  /** Milliseconds. */
  stop(): number {
    clearInterval(this.timer);
    return Math.round(this.longest);
  }
}

/** Milliseconds: of the clock, and those in which the main thread was ready but had no processor. */
function look(): { wall: number; waited: number } {
  const [, waited = '0'] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
  return { wall: performance.now(), waited: Number(waited) / 1e6 };
}
