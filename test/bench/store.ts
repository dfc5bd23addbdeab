// Figures of the embedded store: durable writes a second, start and memory at size, and what a compaction holds up.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { NedbStore } from '../../hub/store/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import type { KubeObject } from '../../shared/machinery/index.ts';
import type { StoreStart } from './store-start.ts';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const log = createLog('bench', 'warn');

/** Prints its figures line by line. Takes about a minute, and some 200 MB in the temporary directory. */
export async function storeBench(print: (line: string) => void): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'kelp-bench-store-'));
  try {
    await benchWrites(join(directory, 'writes'), print);
    for (const objects of [10_000, 50_000]) {
      const path = join(directory, String(objects));
      await fill(path, objects);
      const { milliseconds, rss, longestBlock } = await startElsewhere(path);
      const size = mebibytes(statSync(join(path, 'store.db')).size);
      print(
        `store start, ${objects} objects (${size} MiB): ${milliseconds} ms, ` +
          `RSS ${mebibytes(rss)} MiB, longest event loop block ${longestBlock} ms`,
      );
    }
    await benchCompaction(join(directory, '50000'), print);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function benchWrites(path: string, print: (line: string) => void): Promise<void> {
  const store = new NedbStore({ directory: path, clock: systemClock, log });
  await store.start();
  for (const writers of [1, 16, 64]) {
    const before = store.bytesWritten;
    const began = performance.now();
    const end = began + 3_000;
    const counts = await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        let puts = 0;
        for (; performance.now() < end; puts++) await put(store, `writer-${writer}-${puts % 20}`, puts);
        return puts;
      }),
    );
    const puts = counts.reduce((sum, count) => sum + count, 0);
    const perSecond = Math.round((puts / (performance.now() - began)) * 1000);
    const bytes = Math.round((store.bytesWritten - before) / puts);
    print(
      `store puts, 1 KiB, ${writers} writers: ${perSecond} a second, ${bytes} bytes a put with compactions`,
    );
  }
  await store.stop();
}

async function benchCompaction(path: string, print: (line: string) => void): Promise<void> {
  const store = new NedbStore({ directory: path, clock: systemClock, log, compactionMinimum: 1024 * 1024 });
  await store.start();
  const file = join(path, 'store.db');
  const { ino } = statSync(file);
  // Up to the point where half of the file is out of date; the next writes make the compaction begin.
  let size = 0;
  const half = statSync(file).size * 1.95;
  for (let next = 0; size < half; next += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, i) => put(store, name((next + i) % 50_000), 1)));
    size = statSync(file).size;
  }
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let slowest = 0;
  let quietSlowest = 0;
  for (let i = 0; statSync(file).ino === ino; i++) {
    delay.enable();
    const began = performance.now();
    await put(store, name(i % 50_000), 2);
    const took = performance.now() - began;
    if (i < 200) quietSlowest = Math.max(quietSlowest, took);
    slowest = Math.max(slowest, took);
  }
  delay.disable();
  print(
    `store compaction, 50000 objects: longest event loop block ${Math.round(delay.max / 1e6)} ms, ` +
      `slowest write ${Math.round(slowest)} ms (before it: ${Math.round(quietSlowest)} ms)`,
  );
  await store.stop();
}

async function fill(path: string, objects: number): Promise<void> {
  const store = new NedbStore({ directory: path, clock: systemClock, log });
  await store.start();
  for (let first = 0; first < objects; first += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, i) => put(store, name(first + i), 0)));
  }
  await store.stop();
}

/** In a process of its own, so that its memory is the store's. */
async function startElsewhere(path: string): Promise<StoreStart> {
  const program = new URL(`./store-start.${extension}`, import.meta.url).pathname;
  const child = fork(program, [path]);
  const [figures]: StoreStart[] = await once(child, 'message');
  await once(child, 'exit');
  if (!figures) throw new Error('the started store told nothing');
  return figures;
}

async function put(store: NedbStore, podName: string, version: number): Promise<void> {
  await store.commit([{ key: `/core/pods/default/${podName}`, object: pod(podName, version) }]);
}

function name(index: number): string {
  return `web-${String(index).padStart(6, '0')}`;
}

/** A pod of about 1 KiB of JSON. */
function pod(podName: string, version: number): KubeObject {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName,
      namespace: 'default',
      uid: `5f0c8a3e-8d4b-4f0e-9a57-${podName}`,
      generation: version,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { 'app.kubernetes.io/name': 'web', 'pod-template-hash': '5d4f8c7b9' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'web-5d4f8c7b9',
          uid: 'b7c1f6d2-0c5e-4c39-8a0c-2f1f3b5a7d90',
        },
      ],
    },
    spec: {
      nodeName: 'pi-17',
      restartPolicy: 'Always',
      containers: [
        {
          name: 'web',
          image: 'registry.example/web:1.27.3',
          ports: [{ containerPort: 8080, protocol: 'TCP' }],
          env: [{ name: 'LOG_LEVEL', value: 'info' }],
          resources: {
            requests: { cpu: '100m', memory: '64Mi' },
            limits: { cpu: '500m', memory: '128Mi' },
          },
        },
      ],
    },
    status: {
      phase: 'Running',
      podIP: '10.42.17.9',
      startTime: '2026-01-01T00:00:02Z',
      conditions: [
        { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:05Z' },
        { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:01Z' },
      ],
    },
  };
  return object;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
