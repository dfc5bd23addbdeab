// YAML is fifty times slower to read than JSON. Where it is long a worker does it, one document after the other: nobody else
// has to wait meanwhile.

import { Worker } from 'node:worker_threads';
import type { YamlBody } from './yaml-body.ts';

/** Characters that are read within some tens of milliseconds. */
const longestHere = 32 * 1024;
/** Workers take compiled files only: run from its TypeScript sources, the work is done in this thread. */
const compiled = import.meta.url.endsWith('.js');
/** MiB for the nodes of 3 MiB of YAML. */
const memory = { maxOldGenerationSizeMb: 512 };

/** What the worker answers: the value as JSON, or why there is none. */
export type YamlAnswer = { text: string; duplicates: string[] } | { why: string };

let turn: Promise<unknown> = Promise.resolve();

/** Throws an Error that says what is wrong, in one line and in the words of Go's yaml. */
export async function readYaml(text: string): Promise<YamlBody> {
  if (!compiled || text.length <= longestHere) {
    const { parseYamlBody } = await import('./yaml-body.ts');
    return parseYamlBody(text);
  }
  const answer = turn.then(() => askWorker(text));
  turn = answer.catch(() => undefined);
  const read = await answer;
  if ('why' in read) throw new Error(read.why);
  return { body: JSON.parse(read.text), duplicates: read.duplicates };
}

function askWorker(text: string): Promise<YamlAnswer> {
  const worker = new Worker(new URL('./yaml-worker.js', import.meta.url), {
    workerData: text,
    resourceLimits: memory,
  });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', (cause) => reject(new Error('document is too large to be read', { cause })));
    worker.once('exit', () => reject(new Error('document is too large to be read')));
  });
}
