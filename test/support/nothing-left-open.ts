// After the last test of every file: what its tests opened is closed. A server, socket, process or timer that would keep
// a program alive fails the file. test/run.ts has every process that runs tests load it.

import { setTimeout as delay } from 'node:timers/promises';

const patienceMs = 10_000;
const lookMs = 10;
/** What runs the tests has its own: a timer of Mocha's for this very hook, once it waits for it. */
let before: readonly string[] = [];

export const mochaHooks = {
  async beforeAll() {
    await Promise.resolve();
    before = process.getActiveResourcesInfo();
  },

  async afterAll(this: Mocha.Context) {
    await Promise.resolve();
    const deadline = performance.now() + patienceMs;
    while (opened().length > 0) {
      if (performance.now() > deadline)
        throw new Error(`still open after the last test of ${familiesOf(this)}: ${opened().join(', ')}`);
      await delay(lookMs, undefined, { ref: false }); // a timer that keeps nothing alive, and is not among them
    }
  },
};

/** What the file describes. */
function familiesOf({ test }: Mocha.Context): string {
  return (test?.parent?.suites ?? []).map(({ title }) => title).join(' and ');
}

/** Kinds of what keeps this process alive, as Node calls them. */
function opened(): string[] {
  const known = [...before];
  return process.getActiveResourcesInfo().filter((kind) => {
    const at = known.indexOf(kind);
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
}
