// Connections to what listens on the loopback of another network namespace, as the kubelet makes them for port forwarding:
// a process enters it, connects, and hands the socket over, so that bytes flow without it. It stays a moment for the next
// connection (a browser opens many); idle, there is none.

import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Clock, type Deferred, deferred, type Timer } from '../../../shared/base/index.ts';
import type { DialAnswer, DialRequest } from './dial-messages.ts';

const program = fileURLToPath(
  new URL(import.meta.url.endsWith('.js') ? './dialer-process.js' : './dialer-process.ts', import.meta.url),
);
/** Probes come every ten seconds as a rule: that costs less than a new process each time. */
const keepMs = 15_000;

export class NetworkDialers {
  private readonly clock: Clock;
  private readonly dialers = new Map<string, NetworkDialer>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** `entry`: what nsenter(1) is told, e.g. `--net=/run/netns/pod`. Rejects with why: `connection refused`, `no answer`, … */
  dial(entry: readonly string[], port: number): Promise<Socket> {
    const key = entry.join(' ');
    const dialer =
      this.dialers.get(key) ?? new NetworkDialer(entry, this.clock, () => this.dialers.delete(key));
    this.dialers.set(key, dialer);
    return dialer.dial(port);
  }

  /** Connections that were made stay. */
  async stop(): Promise<void> {
    await Promise.all([...this.dialers.values()].map((dialer) => dialer.stop()));
  }
}

class NetworkDialer {
  private readonly clock: Clock;
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Deferred<Socket>>();
  private readonly over: Deferred<void> = deferred();
  private serial = 0;
  private idle: Timer | undefined;

  constructor(entry: readonly string[], clock: Clock, gone: () => void) {
    this.clock = clock;
    const words = [...entry, '--', process.execPath, ...process.execArgv, program];
    this.child = spawn('nsenter', words, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], cwd: '/' });
    let said = '';
    this.child.stderr?.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(0, 1000);
    });
    const end = (why: string) => {
      gone();
      this.idle?.cancel();
      for (const one of this.waiting.values()) one.reject(new Error(`entering the pod's network: ${why}`));
      this.waiting.clear();
      this.over.resolve();
    };
    this.child.once('error', (error) => end(error.message));
    this.child.once('close', (code) => end(said.trim() || `the process ended with ${code}`));
    this.child.on('message', (answer: DialAnswer, socket: unknown) => this.hear(answer, socket));
  }

  async dial(port: number): Promise<Socket> {
    this.idle?.cancel();
    const request: DialRequest = { id: ++this.serial, port };
    const answer: Deferred<Socket> = deferred();
    this.waiting.set(request.id, answer);
    // That it cannot be sent shows as the process's end.
    this.child.send(request, () => {});
    try {
      return await answer.promise;
    } finally {
      this.idle?.cancel();
      if (this.waiting.size === 0) this.idle = this.clock.after(keepMs, () => this.child.kill('SIGKILL'));
    }
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.over.promise;
  }

  private hear({ id, fault }: DialAnswer, socket: unknown): void {
    const answer = this.waiting.get(id);
    this.waiting.delete(id);
    if (!(socket instanceof Socket)) answer?.reject(new Error(fault ?? 'the connection was closed'));
    else {
      socket.allowHalfOpen = true;
      if (answer) answer.resolve(socket);
      else socket.destroy();
    }
  }
}
