// Certificates, made when they are needed in a short-lived worker: the X.509 library weighs more than a whole agent has to spare.

import { createHash, X509Certificate } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Tasks } from './certificate-tasks.ts';

export type {
  IssueOptions,
  KeyPair,
  RequestFacts,
  SigningOptions,
  Subject,
  Usage,
} from './certificate-tasks.ts';
export * from './join-token.ts';

/** The common name of the certificate that a hub shows to other API servers; nobody else gets one of that name. */
export const frontProxyName = 'front-proxy-client';

type Name = keyof Tasks;

/** Workers take compiled files only: run from its TypeScript sources, the work is done in this thread. */
const compiled = import.meta.url.endsWith('.js');

/** Runs one of certificate-tasks.ts: `authority`, `issue`, `request`, `inspect` or `sign`. Rejects with the task's error. */
export function certificateTask<N extends Name>(
  name: N,
  task: Parameters<Tasks[N]>[0],
): ReturnType<Tasks[N]> {
  return (compiled ? inWorker(name, task) : inThisThread(name, task)) as ReturnType<Tasks[N]>;
}

function inWorker(name: Name, task: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./certificate-worker.js', import.meta.url), {
      workerData: { name, task },
    });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) =>
      reject(new Error(`the certificate worker ended with ${code} and no answer`)),
    );
  });
}

async function inThisThread(name: Name, task: unknown): Promise<unknown> {
  const { tasks } = await import('./certificate-tasks.ts');
  return tasks[name](task as never);
}

/** SHA-256 of a certificate's DER, lower-case hex: what a join token carries of the CA. */
export function fingerprint(certificatePem: string): string {
  return createHash('sha256').update(new X509Certificate(certificatePem).raw).digest('hex');
}
