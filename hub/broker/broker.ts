// The embedded MQTT broker: aedes behind TLS, with our own delivery, no queues that outlive a connection, and a bound on
// everything that a client can make it keep. It knows topics, never Kinds.

import { createServer, type Server, type TLSSocket } from 'node:tls';
import { Aedes, type AedesOptions, type Client, type PublishPacket } from 'aedes';
import { type Clock, explainListening, type Logger, type Timer } from '../../shared/base/index.ts';
import {
  type Bus,
  type MessageInfo,
  makeNumbersWhenNeeded,
  type PublishOptions,
  type Subscription,
} from '../../shared/bus/index.ts';
import { type BrokerAccess, Hooks } from './hooks.ts';
import { PacketGate } from './packet-gate.ts';
import { type RetainedSource, SessionPersistence } from './session-persistence.ts';
import { type Peer, Sessions } from './sessions.ts';
import { ruleOfFilter } from './topic-rules.ts';
import { type Message, TopicTree } from './topic-tree.ts';
import { Traffic } from './traffic.ts';

export type { BrokerAccess } from './hooks.ts';

export interface BrokerLimits {
  connections: number;
  /** Bytes waiting to be sent to one client; more cuts it off. */
  clientBytes: number;
  /** The longest packet that a client may send, in bytes. */
  packetBytes: number;
  /** Filters of one client. */
  filters: number;
  /** Milliseconds for the TLS handshake, then for CONNECT, then for authentication. */
  connectTimeout: number;
  /** Milliseconds until a client that takes nothing is cut off. */
  drainTimeout: number;
  /** Milliseconds between the looks whether those who are connected may still be. */
  recheck: number;
}

const defaultLimits: BrokerLimits = {
  connections: 10_000,
  clientBytes: 16 * 1024 * 1024,
  packetBytes: 4 * 1024 * 1024,
  filters: 256,
  connectTimeout: 10_000,
  drainTimeout: 8_000,
  recheck: 300_000,
};

export interface BrokerOptions {
  /** PEM. `ca` signs the certificates of nodes and people. */
  tls: { key: string; cert: string; ca: string | readonly string[] };
  /** The address to listen on, e.g. `0.0.0.0`. */
  bind: string;
  /** 0: any that is free (see `port`). */
  port: number;
  access: BrokerAccess;
  retained: RetainedSource;
  limits?: Partial<BrokerLimits>;
  clock: Clock;
  log: Logger;
}

/** `peer` is absent for what the hub itself says. */
export type OnPeerMessage = (topic: string, payload: Buffer, info: MessageInfo, peer?: Peer) => void;

/** The one place where a message enters delivery: without aedes's counters, whose order loses messages (issues 955, 994). */
class DirectAedes extends Aedes {
  private readonly tree: TopicTree;
  private readonly traffic: Traffic;
  private readonly peerOf: (client: Client) => Peer | undefined;

  constructor(
    options: AedesOptions,
    {
      tree,
      traffic,
      peerOf,
    }: { tree: TopicTree; traffic: Traffic; peerOf(client: Client): Peer | undefined },
  ) {
    super(options);
    this.tree = tree;
    this.traffic = traffic;
    this.peerOf = peerOf;
  }

  /** aedes itself calls this for clients' messages, wills, and its own `$SYS` topics. */
  override publish(
    { topic, payload, qos }: PublishPacket,
    client?: Client | null | ((error?: Error) => void),
    done?: (error?: Error) => void,
  ): void {
    const sender = typeof client === 'function' ? undefined : client;
    const peer = sender && this.peerOf(sender);
    if (peer) {
      this.traffic.received += 1;
      this.traffic.receivedBytes += payload.length;
    }
    const message: Message = { cmd: 'publish', topic, payload, qos, retain: false, ...(peer && { peer }) };
    this.tree.emit(message, typeof client === 'function' ? client : done);
  }
}

export class Broker implements Bus {
  readonly traffic = new Traffic();
  private readonly options: BrokerOptions;
  private readonly limits: BrokerLimits;
  private readonly tree = new TopicTree();
  private readonly sessions = new Sessions();
  private readonly sockets = new Set<TLSSocket>();
  private readonly openListeners = new Set<(peer: Peer) => void>();
  private aedes: Aedes | undefined;
  private server: Server | undefined;
  private recheckTimer: Timer | undefined;

  constructor(options: BrokerOptions) {
    this.options = options;
    this.limits = { ...defaultLimits, ...options.limits };
  }

  /** Where it listens, once started. */
  get port(): number {
    const address = this.server?.address();
    return typeof address === 'object' && address ? address.port : this.options.port;
  }

  async start(): Promise<void> {
    const { access, clock, log, retained, tls, bind, port } = this.options;
    const limits = this.limits;
    const hooks = new Hooks({
      access,
      sessions: this.sessions,
      traffic: this.traffic,
      limits,
      clock,
      log,
      onOpen: (session, client) => {
        client.conn.once('close', () => this.sessions.remove(session));
        for (const listener of this.openListeners) listener(session);
      },
    });
    makeNumbersWhenNeeded();
    const aedes = new DirectAedes(
      {
        ...hooks.all(),
        mq: this.tree,
        persistence: new SessionPersistence(retained),
        concurrency: 0,
        drainTimeout: limits.drainTimeout,
        connectTimeout: limits.connectTimeout,
        maxClientsIdLength: 255,
        maxTopicLevels: 16,
        maxInflightInbound: 1,
      },
      { tree: this.tree, traffic: this.traffic, peerOf: (client) => hooks.sessionOf(client) },
    );
    await aedes.listen();
    aedes.on('clientError', (client, error) =>
      log.debug({ client: client.id, reason: error.message }, 'connection broken'),
    );
    aedes.on('connectionError', (_client, error) =>
      log.debug({ reason: error.message }, 'connection refused'),
    );
    this.aedes = aedes;
    const server = createServer({
      key: tls.key,
      cert: tls.cert,
      ca: typeof tls.ca === 'string' ? tls.ca : [...tls.ca],
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: limits.connectTimeout,
      noDelay: true,
    });
    server.maxConnections = limits.connections;
    server.on('secureConnection', (socket) => this.accept(socket, aedes));
    server.on('tlsClientError', (error) => log.debug({ reason: error.message }, 'TLS handshake failed'));
    server.on('drop', () =>
      log.warn({ limit: limits.connections }, 'connection refused: there are too many'),
    );
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => {
        reject(explainListening(cause, bind, port, '--mqtt-port'));
      });
      server.listen(port, bind, () => {
        server.removeAllListeners('error');
        server.on('error', (error) => log.error({ err: error }, 'the listener of the broker failed'));
        resolve();
      });
    });
    this.server = server;
    this.scheduleRecheck();
  }

  async stop(): Promise<void> {
    this.recheckTimer?.cancel();
    const server = this.server;
    const aedes = this.aedes;
    const closed = new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    await new Promise<void>((resolve) => (aedes ? aedes.close(resolve) : resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** Never waits for subscribers. Nothing is kept: `retain` is what `retained` answers. */
  async publish(
    topic: string,
    payload: string | Uint8Array,
    { qos = 0 }: PublishOptions = {},
  ): Promise<void> {
    this.send(topic, payload, qos);
  }

  /** `publish` for those who have nothing to wait for. */
  send(topic: string, payload: string | Uint8Array, qos: 0 | 1 = 0): void {
    const bytes =
      typeof payload === 'string'
        ? Buffer.from(payload)
        : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    this.tree.emit({ cmd: 'publish', topic, payload: bytes, qos, retain: false });
  }

  /** True when somebody would receive a message on this topic. */
  hears(topic: string): boolean {
    return this.tree.hears(topic);
  }

  /** Hears what happens from now on; retained messages are not replayed to the hub itself. */
  async subscribe(filter: string, onMessage: OnPeerMessage): Promise<Subscription> {
    const deliver = (message: Message) => {
      try {
        onMessage(message.topic, toBuffer(message.payload), { retained: false }, message.peer);
      } catch (error) {
        this.options.log.error({ err: error, topic: message.topic }, 'a message could not be handled');
      }
    };
    this.tree.on(filter, deliver);
    return {
      stop: async () => {
        this.tree.removeListener(filter, deliver);
      },
    };
  }

  /** How many clients are connected now. */
  get connections(): number {
    return this.sessions.size;
  }

  /** Those who are connected now. */
  peers(): Iterable<Peer> {
    return this.sessions.values();
  }

  peer(client: string): Peer | undefined {
    return this.sessions.get(client);
  }

  /** Hears of each connection that is authenticated; its `signal` says when it is gone. */
  onOpen(listener: (peer: Peer) => void): void {
    this.openListeners.add(listener);
  }

  private accept(socket: TLSSocket, aedes: Aedes): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    guard(socket, new PacketGate(this.limits.packetBytes));
    aedes.handle(socket);
  }

  private scheduleRecheck(): void {
    this.recheckTimer = this.options.clock.after(this.limits.recheck, () => {
      void this.recheck().finally(() => {
        if (this.server?.listening) this.scheduleRecheck();
      });
    });
  }

  /** Cuts off whose token or certificate is no longer good, or who may no longer watch what they watch. */
  async recheck(): Promise<void> {
    const { access, log } = this.options;
    for (const session of [...this.sessions.values()]) {
      try {
        const user = await access.authenticate(session.credentials);
        const rules = [...session.watches].map((filter) => ruleOfFilter(session, filter));
        const allowed = await Promise.all(
          rules.map((rule) => typeof rule === 'string' || access.authorizeWatch(session.user, rule)),
        );
        if (user?.name === session.user.name && !allowed.includes(false)) continue;
        log.info({ client: session.client, user: session.user.name }, 'cut off: its rights have ended');
        session.cut();
      } catch (error) {
        log.warn({ err: error, client: session.client }, 'rights could not be looked at again');
      }
    }
  }
}

function toBuffer(payload: string | Buffer): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

/** aedes pulls with `read`: each chunk passes the gate on its way. */
function guard(socket: TLSSocket, gate: PacketGate): void {
  const read = socket.read.bind(socket);
  socket.read = (size?: number) => {
    const chunk: unknown = read(size);
    if (!(chunk instanceof Uint8Array)) return chunk;
    const length = gate.refuses(chunk);
    if (length === 0) return chunk;
    socket.destroy(new Error(`a packet of ${length} bytes is too long`));
    return null;
  };
}
