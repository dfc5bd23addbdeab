// Durable writes a second: the embedded store beside a real etcd on the same disk, in turns, so that what else the machine
// does hits both. What counts is the median of the ratios.

import { NedbStore } from '../../hub/store/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import { EtcdServer, hasEtcd } from '../support/etcd.ts';
import { RawEtcd } from './raw-etcd.ts';
import { pod, put } from './store-pods.ts';

const rounds = 41;
/** Milliseconds of one store's turn. */
const turn = 100;
const log = createLog('bench', 'warn');

type Put = (name: string, version: number) => Promise<void>;

export async function benchWrites(directory: string, print: (line: string) => void): Promise<void> {
  const store = new NedbStore({ directory, clock: systemClock, log });
  await store.start();
  const server = hasEtcd ? await EtcdServer.start() : undefined;
  const etcd = server && new RawEtcd(server.endpoint);
  try {
    for (const writers of [1, 16, 64]) {
      const before = store.bytesWritten;
      let puts = 0;
      const embedded: number[] = [];
      const peer: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const count = await run(writers, (name, version) => put(store, name, version));
        puts += count;
        embedded.push(count);
        if (etcd) peer.push(await run(writers, (name, version) => putRaw(etcd, name, version)));
      }
      const bytes = Math.round((store.bytesWritten - before) / puts);
      const ratios = embedded.map((count, round) => count / (peer[round] ?? Number.NaN));
      const beside = etcd
        ? `etcd over gRPC ${perSecond(peer)}, ratio ${median(ratios).toFixed(2)}`
        : 'no etcd here to compare with (Debian package etcd-server)';
      print(
        `store puts, 1 KiB, ${writers} writers: ${perSecond(embedded)} a second, ${bytes} bytes each; ${beside}`,
      );
    }
  } finally {
    etcd?.close();
    await server?.remove();
    await store.stop();
  }
}

/** How many puts so many writers got done in their turn. */
async function run(writers: number, write: Put): Promise<number> {
  const end = performance.now() + turn;
  const counts = await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      let puts = 0;
      for (; performance.now() < end; puts++) await write(`writer-${writer}-${puts % 20}`, puts);
      return puts;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

function putRaw(etcd: RawEtcd, name: string, version: number): Promise<void> {
  return etcd.put(`/core/pods/default/${name}`, JSON.stringify(pod(name, version)));
}

function perSecond(counts: readonly number[]): number {
  return Math.round((median(counts) / turn) * 1000);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
