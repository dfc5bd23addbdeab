// Serves what the hub asks of pods as streams: logs, commands, attaching, connections to ports. As the kubelet's server.

import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { StatsSummary } from '../../shared/api/index.ts';
import { type Clock, messageOf } from '../../shared/base/index.ts';
import { ApiError } from '../../shared/machinery/index.ts';
import type { LogSource, ServeStream, StreamRequest, StreamSource } from '../link/index.ts';
import type { Runtime, RuntimeContainer } from '../runtime/index.ts';
import type { PodRecord } from './pod-record.ts';
import { serveAttach } from './streams/serve-attach.ts';
import { serveExec } from './streams/serve-exec.ts';

interface Options {
  logSource: LogSource;
  pod(uid: string): PodRecord | undefined;
  containers(): Promise<{ container: RuntimeContainer; runtime: Runtime }[]>;
  /** Serves a connection to the agent's own HTTP server. */
  serveHttp(connection: Duplex): void;
  /** What the node and its containers use. */
  stats(): Promise<StatsSummary>;
  clock: Clock;
}

type Asked<K extends StreamRequest['kind']> = Extract<StreamRequest, { kind: K }>;

const connectTimeoutMs = 10_000;

export class PodStreams implements StreamSource {
  private readonly options: Options;

  constructor(options: Options) {
    this.options = options;
  }

  async open(request: StreamRequest): Promise<ServeStream> {
    switch (request.kind) {
      case 'log':
        return this.log(request);
      case 'exec':
        return this.exec(request);
      case 'attach':
        return this.attach(request);
      case 'port':
        return joined(await this.connectTo(request));
      case 'node':
        return this.node(request);
      case 'stats':
        return this.stats();
    }
  }

  private async log(request: Asked<'log'>): Promise<ServeStream> {
    const source = await this.options.logSource.open(request);
    return async (stream) => {
      stream.resume(); // nothing is said to a log
      await pipeline(source, stream);
    };
  }

  private async exec(request: Asked<'exec'>): Promise<ServeStream> {
    const { container, runtime } = await this.running(request);
    const { clock } = this.options;
    return (stream) => serveExec({ stream, runtime, id: container.id, request, clock });
  }

  private async attach(request: Asked<'attach'>): Promise<ServeStream> {
    const { container, runtime } = await this.running(request);
    return (stream) => serveAttach({ stream, runtime, id: container.id, request });
  }

  private async node({ port }: Asked<'node'>): Promise<ServeStream> {
    if (port !== undefined) {
      const socket = connected('127.0.0.1', port);
      return joined(await socket.catch((error) => Promise.reject(failedTo(port, error))));
    }
    return (stream) => {
      const over = new Promise<void>((resolve) => stream.once('close', () => resolve()));
      if (!stream.destroyed) this.options.serveHttp(stream);
      return stream.destroyed ? Promise.resolve() : over;
    };
  }

  private async stats(): Promise<ServeStream> {
    const summary = await this.options.stats();
    return async (stream) => {
      stream.resume(); // nothing is said to it
      await pipeline([Buffer.from(JSON.stringify(summary))], stream);
    };
  }

  /** To the pod's own loopback; to its address where nobody listens there. */
  private async connectTo({ uid, pod, port }: Asked<'port'>): Promise<Duplex> {
    const { podIps, runtime } = this.recordOf(uid, pod);
    const [address] = podIps;
    const inside = async () => (await runtime?.connect?.(uid, port)) ?? connected('127.0.0.1', port);
    return inside().catch((error) => {
      if (address === undefined) throw failedTo(port, error);
      return connected(address, port).catch(() => {
        throw failedTo(port, error);
      });
    });
  }

  private recordOf(uid: string, pod: string): PodRecord {
    const record = this.options.pod(uid);
    if (record) return record;
    throw new ApiError('NotFound', `pods "${pod}" not found`, { name: pod, kind: 'pods' });
  }

  private async running(request: {
    uid: string;
    pod: string;
    container: string;
  }): Promise<{ container: RuntimeContainer; runtime: Runtime }> {
    this.recordOf(request.uid, request.pod);
    const found = (await this.options.containers()).find(
      ({ container }) =>
        container.podUid === request.uid &&
        container.name === request.container &&
        container.state === 'running',
    );
    if (found) return found;
    throw new ApiError('BadRequest', `container not found (${JSON.stringify(request.container)})`);
  }
}

function joined(socket: Duplex): ServeStream {
  return async (stream) => {
    try {
      await Promise.all([pipeline(socket, stream, { end: true }), pipeline(stream, socket)]);
    } finally {
      socket.destroy();
    }
  };
}

/** Rejects with why. */
function connected(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true, timeout: connectTimeoutMs });
    const failed = (why: string) => {
      socket.destroy();
      reject(new Error(why));
    };
    socket.once('timeout', () => failed('no answer'));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      failed(error.code === 'ECONNREFUSED' ? 'connection refused' : error.message),
    );
    socket.once('connect', () => {
      socket.removeAllListeners('timeout');
      socket.removeAllListeners('error');
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}

function failedTo(port: number, error: unknown): ApiError {
  const why = messageOf(error);
  return new ApiError('BadRequest', `failed to connect to port ${port}: ${why}`);
}
