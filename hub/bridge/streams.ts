// Streams to nodes: opened here, carried as frames over the node's own connection, and ended with it.

import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import { type Clock, type Deferred, deferred, type Timer } from '../../shared/base/index.ts';
import {
  CreditStream,
  decodeFrame,
  encodeFrame,
  errorOf,
  type Frame,
  filters,
  parseTopic,
  type Subscription,
  streamTopic,
} from '../../shared/bus/index.ts';
import { ApiError } from '../../shared/machinery/index.ts';
import type { NodeStreamRequest, NodeStreams } from '../apiserver/index.ts';
import type { Broker, Peer } from '../broker/index.ts';
import { type NodeWay, unavailable } from './node-way.ts';

export interface NodeStreamBridgeOptions {
  broker: Broker;
  /** Absent: this hub is alone. */
  elsewhere?: NodesElsewhere;
  clock: Clock;
  /** Streams of one node at once; default 256. */
  perNode?: number;
  /** Milliseconds for the agent to accept; default 30,000. */
  openTimeout?: number;
}

/** Nodes whose agents are connected to another hub. */
export interface NodesElsewhere {
  /** Undefined: to none that is alive. */
  hubOf(node: string): string | undefined;
  /** Throws ServiceUnavailable. */
  wayTo(hub: string, node: string, stream: string, hear: (frame: Buffer) => void): Promise<NodeWay>;
}

/** To these nothing is said: with what the agent says they are over, also where their reader leaves them as they are. */
const onlyHeard: readonly NodeStreamRequest['kind'][] = ['log', 'stats'];

interface Ending {
  id: string;
  node: string;
  stream: CreditStream;
  way: NodeWay;
  timer: Timer;
}

interface OpenStream {
  node: string;
  stream: CreditStream;
  accepted: Deferred<void>;
}

export class NodeStreamBridge implements NodeStreams {
  private readonly options: NodeStreamBridgeOptions;
  private readonly streams = new Map<string, OpenStream>();
  private subscription: Subscription | undefined;

  constructor(options: NodeStreamBridgeOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    this.subscription = await this.options.broker.subscribe(filters.everyStream, (topic, payload) => {
      const parsed = parseTopic(topic);
      const frame = decodeFrame(payload);
      if (parsed?.kind === 'stream' && frame) this.hear(parsed.node, parsed.id, frame);
    });
  }

  async stop(): Promise<void> {
    await this.subscription?.stop();
    for (const { stream } of this.streams.values()) {
      stream.destroy(new ApiError('ServiceUnavailable', 'the hub is stopping'));
    }
  }

  async open(node: string, request: NodeStreamRequest, signal?: AbortSignal): Promise<Duplex> {
    const { clock, perNode = 256, openTimeout = 30_000 } = this.options;
    if ([...this.streams.values()].filter((open) => open.node === node).length >= perNode) {
      throw new ApiError('TooManyRequests', `node "${node}" has ${perNode} streams open already`);
    }
    const id = randomBytes(6).toString('hex');
    const way = await this.wayTo(node, id);
    if (signal?.aborted) way.close();
    signal?.throwIfAborted();
    const stream = new CreditStream({ send: (frame: Frame) => way.send(encodeFrame(frame)) });
    stream.allowHalfOpen = !onlyHeard.includes(request.kind);
    const accepted = deferred();
    this.streams.set(id, { node, stream, accepted });
    const timer = clock.after(openTimeout, () =>
      stream.destroy(new ApiError('Timeout', `node "${node}" did not answer within ${openTimeout} ms`)),
    );
    this.endWith({ id, node, stream, way, timer }, signal);
    way.send(encodeFrame({ type: 'open', request }));
    await accepted.promise;
    timer.cancel();
    return stream;
  }

  check(node: string): void {
    if (!this.peerOf(node) && !this.hubOf(node)) throw notConnected(node);
  }

  private async wayTo(node: string, id: string): Promise<NodeWay> {
    const { broker, elsewhere } = this.options;
    const peer = this.peerOf(node);
    if (peer) {
      // As many listeners as streams. QoS 0: the connection keeps order and loses nothing, and with it ends the stream.
      setMaxListeners(0, peer.signal);
      const topic = streamTopic(node, id, 'hub');
      return { signal: peer.signal, send: (frame) => broker.send(topic, frame), close() {} };
    }
    const hub = this.hubOf(node);
    if (!elsewhere || hub === undefined) throw notConnected(node);
    return elsewhere.wayTo(hub, node, id, (payload) => {
      const frame = decodeFrame(payload);
      if (frame) this.hear(node, id, frame);
    });
  }

  private peerOf(node: string): Peer | undefined {
    const peer = this.options.broker.peer(node);
    return peer?.node === node ? peer : undefined;
  }

  /** The other hub that the node is connected to. */
  private hubOf(node: string): string | undefined {
    return this.options.elsewhere?.hubOf(node);
  }

  /** Whatever ends the stream, it is forgotten; the way to the node and the caller's signal end it. */
  private endWith({ id, node, stream, way, timer }: Ending, signal: AbortSignal | undefined): void {
    const lost = () => stream.destroy(unavailable(`the connection to node "${node}" was lost`));
    const aborted = () => stream.destroy();
    way.signal.addEventListener('abort', lost, { once: true });
    signal?.addEventListener('abort', aborted, { once: true });
    let reason: unknown = unavailable('the stream was closed before it began');
    stream.on('error', (error) => {
      reason = error;
    });
    stream.once('close', () => {
      timer.cancel();
      way.signal.removeEventListener('abort', lost);
      way.close();
      signal?.removeEventListener('abort', aborted);
      this.streams.get(id)?.accepted.reject(signal?.aborted ? signal.reason : reason);
      this.streams.delete(id);
    });
  }

  private hear(node: string, id: string, frame: Frame): void {
    const open = this.streams.get(id);
    if (open?.node !== node) return;
    if (frame.type === 'accept') open.accepted.resolve();
    else if (frame.type === 'refuse') {
      open.accepted.reject(errorOf(frame.status));
      open.stream.receive({ type: 'close' });
    } else open.stream.receive(frame);
  }
}

function notConnected(node: string): ApiError {
  return unavailable(`node "${node}" is not connected`);
}
