// Reads manifests in a short-lived worker: the schema and the rules of pods cost memory only while a file is being read.

import type { Manifest } from './read-manifest.ts';

/** Workers take compiled files only: run from its TypeScript sources, the work is done in this thread. */
const compiled = import.meta.url.endsWith('.js');

export async function parseManifest(text: string): Promise<Manifest> {
  if (compiled) return inWorker(text);
  const { readManifest } = await import('./read-manifest.ts');
  return readManifest(text);
}

async function inWorker(text: string): Promise<Manifest> {
  const { Worker } = await import('node:worker_threads');
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./manifest-worker.js', import.meta.url), { workerData: text });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the manifest worker ended with ${code} and no answer`)));
  });
}
