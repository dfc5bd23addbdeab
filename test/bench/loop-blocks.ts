// The longest time for which this process' event loop was held up by its own work: processor time of the main thread, so
// that what else the machine does does not count.

import { readFileSync } from 'node:fs';

/** Milliseconds between two looks. */
const every = 1;

export class LoopBlocks {
  private longest = 0;
  private timer: NodeJS.Timeout | undefined;

  start(): void {
    let before = processorTime();
    this.timer = setInterval(() => {
      const now = processorTime();
      this.longest = Math.max(this.longest, now - before);
      before = now;
    }, every);
  }

  /** Milliseconds. */
  stop(): number {
    clearInterval(this.timer);
    return Math.round(this.longest);
  }
}

/** Of the main thread since its start, milliseconds. */
function processorTime(): number {
  const [used = '0'] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
  return Number(used) / 1e6;
}
