// Certificates, made when they are needed in a worker that is ended soon afterwards: the X.509 library weighs more than a
// whole agent has to spare. What is asked for in one go shares one worker, however much it is.

import { Worker } from 'node:worker_threads';
import type { Tasks } from './certificate-tasks.ts';
import type { Answer, Question } from './certificate-worker.ts';

type Name = keyof Tasks;

interface Asked {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** Workers take compiled files only: run from its TypeScript sources, the work is done in this thread. */
const compiled = import.meta.url.endsWith('.js');
/** A worker takes longer to start than to sign; a join asks twice, a hub's first start three times. */
const lingerMs = 1_000;

export class CertificateMaker {
  private worker: Worker | undefined;
  private idle: NodeJS.Timeout | undefined;
  private serial = 0;
  private readonly asked = new Map<number, Asked>();

  run<N extends Name>(name: N, task: Parameters<Tasks[N]>[0]): ReturnType<Tasks[N]> {
    return (compiled ? this.ask(name, task) : inThisThread(name, task)) as ReturnType<Tasks[N]>;
  }

  private ask(name: Name, task: unknown): Promise<unknown> {
    clearTimeout(this.idle);
    this.worker ??= this.start();
    const worker = this.worker;
    worker.ref();
    return new Promise((resolve, reject) => {
      const question: Question = { id: ++this.serial, name, task };
      this.asked.set(question.id, { resolve, reject });
      worker.postMessage(question);
    });
  }

  private start(): Worker {
    const worker = new Worker(new URL('./certificate-worker.js', import.meta.url));
    worker.on('message', (answer: Answer) => this.take(answer));
    worker.once('error', (error) => this.lose(worker, error));
    worker.once('exit', (code) =>
      this.lose(worker, new Error(`the certificate worker ended with ${code} and no answer`)),
    );
    return worker;
  }

  private take({ id, value, error }: Answer): void {
    const asked = this.asked.get(id);
    this.asked.delete(id);
    if (error) asked?.reject(error);
    else asked?.resolve(value);
    if (this.asked.size > 0) return;
    // Nothing waits for it: it keeps no process alive.
    this.worker?.unref();
    this.idle = setTimeout(() => this.end(), lingerMs).unref();
  }

  private end(): void {
    const { worker } = this;
    this.worker = undefined;
    void worker?.terminate();
  }

  private lose(worker: Worker, error: Error): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    for (const { reject } of this.asked.values()) reject(error);
    this.asked.clear();
  }
}

async function inThisThread(name: Name, task: unknown): Promise<unknown> {
  const { tasks } = await import('./certificate-tasks.ts');
  return tasks[name](task as never);
}
