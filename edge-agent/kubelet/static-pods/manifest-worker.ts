// The worker's side: one manifest in by workerData, one answer out, and the worker is gone.

import { parentPort, workerData } from 'node:worker_threads';
import { readManifest } from './read-manifest.ts';

parentPort?.postMessage(await readManifest(workerData as string));
