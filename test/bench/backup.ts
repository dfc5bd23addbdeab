// What a backup costs a hub that works meanwhile, and how long a restore takes: 50,000 objects of 1 KiB, one of ten
// encrypted.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { restoreBackup, takeBackup, writeWholeFile } from '../../hub/backup/index.ts';
import { Encryption } from '../../hub/encryption/index.ts';
import { NedbStore } from '../../hub/store/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import { LoopBlocks } from './loop-blocks.ts';
import { costOf } from './process-cost.ts';

const objects = 50_000;
const perCommit = 500;
const log = createLog('bench', 'silent');

export async function backupBench(print: (line: string) => void): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'kelp-bench-'));
  const file = join(directory, 'a.backup');
  const encryption = new Encryption({ keyFile: join(directory, 'keys'), prefixes: ['/core/secrets/'], log });
  await encryption.start();
  const { text } = encryption;
  const store = new NedbStore({ directory: join(directory, 'store'), text, clock: systemClock, log });
  await store.start();
  try {
    for (let from = 0; from < objects; from += perCommit) {
      await store.commit(Array.from({ length: perCommit }, (_, at) => writeOf(from + at)));
    }
    const source = {
      store,
      clock: systemClock,
      version: 'bench',
      volatile: [],
      freeze: async () => {
        const { text: frozen, keys = '' } = encryption.freeze();
        return { material: { 'encryption.keys': keys }, text: frozen };
      },
    };
    const before = costOf(process.pid);
    const blocks = new LoopBlocks();
    blocks.start();
    const began = performance.now();
    const written = await writeWholeFile(file, (await takeBackup(source)).bytes);
    const took = performance.now() - began;
    const longest = blocks.stop();
    const after = costOf(process.pid);
    print(
      `backup of ${objects} objects: ${(took / 1000).toFixed(1)} s, ${(written / 1e6).toFixed(1)} MB, ` +
        `${(after.cpuSeconds - before.cpuSeconds).toFixed(1)} s of CPU, ` +
        `longest event loop block ${longest} ms, ` +
        `RSS ${before.rssMiB.toFixed(0)} → ${after.rssMiB.toFixed(0)} MiB`,
    );
    const noFiles = { storeCaFile: '', storeCertFile: '', storeKeyFile: '', storeUserFile: '' };
    const restoring = performance.now();
    await restoreBackup({
      file,
      dataDir: join(directory, 'restored'),
      force: false,
      store: { store: 'embedded', ...noFiles },
      warn: print,
    });
    print(`restore: ${((performance.now() - restoring) / 1000).toFixed(1)} s, all read twice`);
  } finally {
    await store.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function writeOf(at: number) {
  const [resource, kind] = at % 10 === 0 ? ['secrets', 'Secret'] : ['configmaps', 'ConfigMap'];
  const metadata = {
    name: `o-${at}`,
    namespace: 'default',
    uid: `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
  };
  const object = {
    apiVersion: 'v1',
    kind,
    metadata,
    data: { value: Buffer.alloc(600, at).toString('base64') },
  };
  return { key: `/core/${resource}/default/${metadata.name}`, object };
}
