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

export interface NodeStreamBridgeOptions {
  broker: Broker;
  clock: Clock;
  /** Streams of one node at once; default 256. */
  perNode?: number;
  /** Milliseconds for the agent to accept; default 30,000. */
  openTimeout?: number;
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
    const { broker, clock, perNode = 256, openTimeout = 30_000 } = this.options;
    const peer = this.peerOf(node);
    if ([...this.streams.values()].filter((open) => open.node === node).length >= perNode) {
      throw new ApiError('TooManyRequests', `node "${node}" has ${perNode} streams open already`);
    }
    // As many listeners as streams.
    setMaxListeners(0, peer.signal);
    signal?.throwIfAborted();
    const id = randomBytes(6).toString('hex');
    // QoS 0: the connection keeps order and loses nothing, and with it ends the stream.
    const send = (frame: Frame) => broker.send(streamTopic(node, id, 'hub'), encodeFrame(frame));
    const stream = new CreditStream({ send });
    const accepted = deferred();
    this.streams.set(id, { node, stream, accepted });
    const timer = clock.after(openTimeout, () =>
      stream.destroy(new ApiError('Timeout', `node "${node}" did not answer within ${openTimeout} ms`)),
    );
    this.endWith(id, stream, peer, signal, timer);
    send({ type: 'open', request });
    await accepted.promise;
    timer.cancel();
    return stream;
  }

  check(node: string): void {
    this.peerOf(node);
  }

  private peerOf(node: string): Peer {
    const peer = this.options.broker.peer(node);
    if (peer?.node !== node) throw unavailable(`node "${node}" is not connected`);
    return peer;
  }

  /** Whatever ends the stream, it is forgotten; the node's connection and the caller's signal end it. */
  private endWith(
    id: string,
    stream: CreditStream,
    peer: Peer,
    signal: AbortSignal | undefined,
    timer: Timer,
  ): void {
    const lost = () => stream.destroy(unavailable(`the connection to node "${peer.client}" was lost`));
    const aborted = () => stream.destroy();
    peer.signal.addEventListener('abort', lost, { once: true });
    signal?.addEventListener('abort', aborted, { once: true });
    let reason: unknown = unavailable('the stream was closed before it began');
    stream.on('error', (error) => {
      reason = error;
    });
    stream.once('close', () => {
      timer.cancel();
      peer.signal.removeEventListener('abort', lost);
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

function unavailable(message: string): ApiError {
  return new ApiError('ServiceUnavailable', message);
}
