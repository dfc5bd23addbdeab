// Saves changes into a copy of the desired state until it is killed, and tells its parent of each batch that is saved.

import { DesiredCopy } from '../../../edge-agent/link/index.ts';
import { createLog } from '../../../shared/base/index.ts';

/** uid → the version saved, or null: removed. */
export type SavedBatch = Record<string, string | null>;

const [, , directory = '', first = '0'] = process.argv;
const copy = new DesiredCopy({ directory, log: createLog('test', 'fatal') });
await copy.open();
for (let number = Number(first); ; number += 1) {
  const batch: SavedBatch = {};
  for (let pod = 0; pod < 1 + (number % 4); pod += 1) {
    const uid = `uid-${(number * 7 + pod) % 23}`;
    batch[uid] = number % 5 === 4 ? null : String(number);
  }
  await copy.save(
    Object.entries(batch).map(([uid, resourceVersion]) => ({
      resource: 'pods',
      uid,
      revision: String(number),
      ...(resourceVersion !== null && {
        object: {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: {
            name: uid,
            namespace: 'default',
            uid,
            resourceVersion,
            creationTimestamp: '2026-01-01T00:00:00Z',
          },
          text: 'x'.repeat(2_000),
        },
      }),
    })),
  );
  process.send?.(batch);
}
