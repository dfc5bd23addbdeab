// A Bus over MQTT.js: one connection at a time, nothing kept for later. What must survive a broken link is kept by those
// who want it, in their own store; who wants to come back says so (`ConnectionDrive`).

import { createRequire } from 'node:module';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { systemClock, type Timer } from '../base/index.ts';
import type { Bus, OnMessage, PublishOptions, Subscription } from './bus.ts';
import type { BrokerAddress } from './envelopes.ts';
import { matches } from './filters.ts';
import { makeNumbersWhenNeeded } from './lean-packets.ts';

type Client = import('mqtt/lib/client').default;

/**
 * Loaded when a connection is wanted: the hub has none. MQTT.js's main module would bring WebSockets, proxies and a
 * command line along: 10 MiB that an agent does not have.
 */
function loadClient(): typeof import('mqtt/lib/client').default {
  const mqtt: typeof import('mqtt/lib/client') = createRequire(import.meta.url)('mqtt/lib/client');
  makeNumbersWhenNeeded();
  return mqtt.default;
}

export interface MqttBusOptions {
  /** Asked at each connecting. */
  address: () => BrokerAddress;
  clientId: string;
  tls: {
    /** PEM: whom we trust to be the hub. */
    ca: string | readonly string[];
    /** PEM: who we are; or else `token`. */
    cert?: string;
    key?: string;
    /** The name that the hub's certificate must bear; default: the host of `address`. */
    servername?: string;
  };
  token?: string;
  /** Seconds between pings; a link is dead that does not answer one in half that time. Default 20. */
  keepalive?: number;
  /** Milliseconds of silence after which a link is dead on which an answer is due. Default 15,000. */
  answerTimeout?: number;
  /** Milliseconds to wait for the broker's answer. Default 15,000. */
  connectTimeout?: number;
  /** Asked at each connecting: what the broker says for us when the link breaks. */
  will?: () => { topic: string; payload: string; qos: 0 | 1; retain: boolean };
}

interface Listener {
  filter: string;
  onMessage: OnMessage;
}

export class MqttBus implements Bus {
  private readonly options: MqttBusOptions;
  private readonly closedListeners = new Set<(reason: Error | undefined) => void>();
  private readonly waiting = new Set<(error: Error) => void>();
  private listeners: Listener[] = [];
  private client: Client | undefined;
  /** When the broker was last heard, on the monotonic clock. */
  private heardAt = 0;

  constructor(options: MqttBusOptions) {
    this.options = options;
  }

  get connected(): boolean {
    return this.client?.connected === true;
  }

  /** Hears of every end of a connection that had been made, with the reason where it was an error. */
  onClosed(listener: (reason: Error | undefined) => void): void {
    this.closedListeners.add(listener);
  }

  /** One attempt. Rejects when the network, TLS or the broker refuses. */
  connect(): Promise<void> {
    if (this.client) return Promise.reject(new Error('already connected or connecting'));
    const { clientId, token, keepalive = 20, connectTimeout = 15_000, will } = this.options;
    const MqttClient = loadClient();
    const client = new MqttClient(() => this.openSocket(), {
      clientId,
      protocolVersion: 4,
      clean: true,
      keepalive,
      // Our own messages say nothing about whether the hub hears them: pings go out in any case.
      reschedulePings: false,
      reconnectPeriod: 0,
      connectTimeout,
      queueQoSZero: false,
      resubscribe: false,
      ...(token && { username: 'token', password: token }),
      ...(will && { will: toWill(will()) }),
    });
    this.client = client;
    client.on('packetreceive', () => {
      this.heardAt = systemClock.monotonic();
    });
    client.on('message', (topic, payload, { retain }) => this.dispatch(topic, payload, retain));
    return new Promise((resolve, reject) => {
      let up = false;
      let reason: Error | undefined;
      client.on('error', (error) => {
        reason ??= error;
        client.end(true);
      });
      client.stream.on('error', (error: Error) => {
        reason ??= error;
      });
      client.once('connect', () => {
        up = true;
        resolve();
      });
      client.once('close', () => {
        if (this.client === client) this.forget();
        client.end(true);
        if (!up) return reject(reason ?? new Error('the broker closed the connection'));
        for (const listener of this.closedListeners) listener(reason);
      });
    });
  }

  /** Says good-bye, so that the will is not published; resolves when the connection is closed. */
  async close(): Promise<void> {
    const client = this.client;
    if (client) await client.endAsync(!client.connected);
  }

  /** Cuts without a good-bye: the broker publishes the will. */
  cut(): void {
    this.client?.stream.destroy();
  }

  async publish(topic: string, payload: string | Uint8Array, options: PublishOptions = {}): Promise<void> {
    const client = this.connectedClient();
    const bytes =
      typeof payload === 'string' ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    const { qos = 0, retain = false } = options;
    const due = qos === 1 ? this.answerDue(client) : undefined;
    try {
      await this.whileConnected<void>((resolve, reject) =>
        client.publish(topic, bytes, { qos, retain }, (error) => (error ? reject(error) : resolve())),
      );
    } finally {
      due?.cancel();
    }
  }

  async subscribe(filter: string, onMessage: OnMessage): Promise<Subscription> {
    const client = this.connectedClient();
    const listener = { filter, onMessage };
    // Listening begins before the grant: what the broker keeps may arrive with it.
    this.listeners.push(listener);
    const forget = () => {
      this.listeners = this.listeners.filter((item) => item !== listener);
    };
    try {
      await this.whileConnected<void>((resolve, reject) =>
        client.subscribe(filter, { qos: 1 }, (error, granted) => {
          const refused = granted?.some(({ qos }) => qos === 128) ?? false;
          if (error || refused) reject(new Error(`the broker refuses ${filter}`, { cause: error }));
          else resolve();
        }),
      );
    } catch (error) {
      forget();
      throw error;
    }
    return {
      stop: async () => {
        forget();
        const shared = this.listeners.some((item) => item.filter === filter);
        if (client.connected && !shared) await client.unsubscribeAsync(filter);
      },
    };
  }

  private openSocket(): TLSSocket {
    const { address, tls } = this.options;
    const { host, port } = address();
    const socket = connectTls({
      host,
      port,
      ca: typeof tls.ca === 'string' ? tls.ca : [...tls.ca],
      ...(tls.cert && { cert: tls.cert }),
      ...(tls.key && { key: tls.key }),
      ...(tls.servername && { servername: tls.servername }),
    });
    socket.setNoDelay(true);
    return socket;
  }

  /** Cuts a link that says nothing while an answer is due: a peer that is gone without a word is told by nothing else. */
  private answerDue(client: Client): Timer {
    const { answerTimeout = 15_000 } = this.options;
    const asked = systemClock.monotonic();
    const look = () => {
      const left = Math.max(asked, this.heardAt) + answerTimeout - systemClock.monotonic();
      if (left > 0) timer = systemClock.after(left, look);
      else
        client.stream.destroy(new Error(`nothing was heard for ${answerTimeout} ms while an answer was due`));
    };
    let timer = systemClock.after(answerTimeout, look);
    return { cancel: () => timer.cancel() };
  }

  private connectedClient(): Client {
    if (!this.client?.connected) throw new Error('not connected');
    return this.client;
  }

  /** MQTT.js keeps callbacks over a broken connection; ours fail with it. */
  private whileConnected<T>(
    act: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        this.waiting.delete(fail);
        reject(error);
      };
      this.waiting.add(fail);
      act((value) => {
        this.waiting.delete(fail);
        resolve(value);
      }, fail);
    });
  }

  private dispatch(topic: string, payload: Buffer, retained: boolean): void {
    for (const { filter, onMessage } of this.listeners) {
      if (matches(filter, topic)) onMessage(topic, payload, { retained });
    }
  }

  private forget(): void {
    this.client = undefined;
    this.listeners = [];
    for (const fail of [...this.waiting]) fail(new Error('the connection is closed'));
  }
}

function toWill({ payload, ...will }: { topic: string; payload: string; qos: 0 | 1; retain: boolean }) {
  return { ...will, payload: Buffer.from(payload) };
}
