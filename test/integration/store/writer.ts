// A process that writes to a store until it is killed, and says of every commit when it was answered.
// Arguments: directory, the number to begin with.

import { NedbStore } from '../../../hub/store/index.ts';
import { createLog, systemClock } from '../../../shared/base/index.ts';
import { pod, podKey } from '../../contract/store-world.ts';

export interface Answered {
  writer: number;
  number: number;
  revision: number;
}

const [directory = '', first = '0'] = process.argv.slice(2);
const store = new NedbStore({
  directory,
  clock: systemClock,
  log: createLog('writer', 'error'),
  // So small that kills also hit compactions.
  compactionMinimum: 32 * 1024,
});
await store.start();
process.send?.('started');
await Promise.all([0, 1, 2, 3].map(write));

/** Every commit puts the same number into both of the writer's pods; a third comes and goes. */
async function write(writer: number): Promise<void> {
  for (let number = Number(first); ; number++) {
    const both = ['left', 'right'].map((side) => ({
      key: podKey(`${side}-${writer}`),
      object: pod(`${side}-${writer}`, String(number), 300),
    }));
    const third = podKey(`third-${writer}`);
    const there = (await store.get(third)) !== undefined;
    const [stored] = await store.commit([...both, { key: third, ...(!there && { object: pod('third') }) }]);
    const answered: Answered = { writer, number, revision: Number(stored?.metadata.resourceVersion) };
    process.send?.(answered);
    const lease = {
      key: podKey(`volatile-${writer}`),
      object: pod('volatile', String(number)),
      volatile: true,
    };
    await store.commit([lease]);
  }
}
