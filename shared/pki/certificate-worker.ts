// The worker's side: one task in by workerData, one answer out, and the worker is gone.

import { parentPort, workerData } from 'node:worker_threads';
import { tasks } from './certificate-tasks.ts';

const { name, task } = workerData as { name: keyof typeof tasks; task: never };
parentPort?.postMessage(await tasks[name](task));
