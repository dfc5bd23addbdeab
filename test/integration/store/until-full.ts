// A process that commits until the disk refuses, then says what became of it. Argument: directory.

import { NedbStore } from '../../../hub/store/index.ts';
import { createLog, systemClock } from '../../../shared/base/index.ts';
import { pod, podKey, put, refusal } from '../../contract/store-world.ts';

export interface Outcome {
  answered: string[];
  refused: string[];
  visible: string[];
  heard: string[];
  failedCode: string;
  failedMessage: string;
  laterCode: string;
}

const store = new NedbStore({
  directory: process.argv[2] ?? '',
  clock: systemClock,
  log: createLog('writer', 'silent'),
});
await store.start();
const heard: string[] = [];
store.watch('/', {
  onChanges: (changes) => heard.push(...changes.map(({ object }) => object?.metadata.name ?? 'deleted')),
  onEnd: () => {},
});
const answered: string[] = [];
const refused: string[] = [];
await Promise.all([0, 1, 2].map(writeUntilRefused));
const failure = await store.failed;
const later = await refusal(put(store, 'later'));
const { objects } = await store.list('/');
const outcome: Outcome = {
  answered,
  refused,
  visible: objects.map(({ metadata }) => metadata.name),
  heard,
  failedCode: failure.code,
  failedMessage: failure.message,
  laterCode: later.code,
};
await store.stop();
process.stdout.write(JSON.stringify(outcome));

async function writeUntilRefused(writer: number): Promise<void> {
  for (let number = 0; ; number++) {
    const pair = ['left', 'right'].map((side) => `${writer}-${String(number).padStart(4, '0')}-${side}`);
    try {
      await store.commit(pair.map((name) => ({ key: podKey(name), object: pod(name, 'full', 1500) })));
      answered.push(...pair);
    } catch {
      refused.push(...pair);
      return;
    }
  }
}
