// The worker's side: questions in, one answer each, until it is ended.

import { parentPort } from 'node:worker_threads';
import { type Tasks, tasks } from './certificate-tasks.ts';

export interface Question {
  id: number;
  name: keyof Tasks;
  task: unknown;
}

/** To the question of that id: a value, or why there is none. */
export interface Answer {
  id: number;
  value?: unknown;
  error?: Error;
}

parentPort?.on('message', async ({ id, name, task }: Question) => {
  const answer = await tasks[name](task as never).then(
    (value): Answer => ({ id, value }),
    (error): Answer => ({ id, error }),
  );
  parentPort?.postMessage(answer);
});
