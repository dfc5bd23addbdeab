// The connections that are authenticated, by client id. One id has one connection; another identity cannot take it over.

import { type Identity, isHub, nodeOf, type TopicUser } from './topic-rules.ts';

/** Who speaks: handed to the hub's own subscribers with each message. */
export interface Peer extends TopicUser {
  readonly user: Identity;
  /** From which it has connected; empty: that is not known. */
  readonly address: string;
  /** Aborted when the connection is gone. */
  readonly signal: AbortSignal;
  /** Breaks the connection. */
  cut(): void;
}

/** What a client shows when it connects. */
export interface ConnectCredentials {
  /** Subject of a client certificate that our CA signed, verified by TLS. */
  certificate?: { commonName: string; organizations: readonly string[] };
  /** The MQTT password; the user name does not matter. */
  token?: string;
}

export interface SessionOptions {
  client: string;
  user: Identity;
  credentials: ConnectCredentials;
  address: string;
  /** Breaks the connection. */
  cut(): void;
}

export class Session implements Peer {
  readonly client: string;
  readonly address: string;
  readonly node: string | undefined;
  readonly hub: boolean;
  readonly user: Identity;
  readonly credentials: ConnectCredentials;
  /** Filters that were granted for a right to watch, to be asked again from time to time. */
  readonly watches = new Set<string>();
  filters = 0;
  /** Bytes that aedes has and that it has not written to the connection yet. */
  scheduled = 0;
  private readonly ended = new AbortController();
  private readonly breakConnection: () => void;

  constructor({ client, user, credentials, address, cut }: SessionOptions) {
    this.breakConnection = cut;
    this.client = client;
    this.address = address;
    this.node = nodeOf(user);
    this.hub = isHub(user);
    this.user = user;
    this.credentials = credentials;
  }

  get signal(): AbortSignal {
    return this.ended.signal;
  }

  cut(): void {
    this.breakConnection();
  }

  end(): void {
    this.ended.abort();
  }
}

export class Sessions {
  private readonly byClient = new Map<string, Session>();

  get size(): number {
    return this.byClient.size;
  }

  values(): IterableIterator<Session> {
    return this.byClient.values();
  }

  get(client: string): Session | undefined {
    return this.byClient.get(client);
  }

  /** Why the identity may not use this client id; undefined: it may. */
  refusal(client: string, user: Identity): string | undefined {
    const node = nodeOf(user);
    if (node && client !== node) return `the client id of ${user.name} must be ${node}`;
    const holder = this.byClient.get(client);
    if (!holder || holder.user.name === user.name || (node && !holder.node)) return undefined;
    return `the client id ${client} is in use by another user`;
  }

  add(session: Session): void {
    this.byClient.get(session.client)?.end();
    this.byClient.set(session.client, session);
  }

  remove(session: Session): void {
    session.end();
    if (this.byClient.get(session.client) === session) this.byClient.delete(session.client);
  }
}
