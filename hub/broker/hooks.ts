// What aedes asks of us at each step: before a connection, who it is, and what it may publish, subscribe and receive.

import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { AedesOptions, AuthenticateError, Client, PublishPacket } from 'aedes';
import type { Clock, Logger } from '../../shared/base/index.ts';
import type { WatchAsked } from '../../shared/bus/index.ts';
import { ApiError } from '../../shared/machinery/index.ts';
import { DirectDelivery, sizeOf } from './direct-delivery.ts';
import { type ConnectCredentials, Session, type Sessions } from './sessions.ts';
import { type Identity, mayPublish, mayReceive, ruleOfFilter } from './topic-rules.ts';
import type { Traffic } from './traffic.ts';

/** What the broker asks of the API's authentication and authorisation. */
export interface BrokerAccess {
  /** Undefined, or a rejection with `Unauthorized`: nobody we know. Any other is answered as `server unavailable`. */
  authenticate(credentials: ConnectCredentials): Promise<Identity | undefined>;
  /** May the user watch that? `*` stands for every group or resource. */
  authorizeWatch(user: Identity, asked: WatchAsked): Promise<boolean>;
}

export interface HookLimits {
  /** Bytes waiting to be sent to one client; more cuts it off. */
  clientBytes: number;
  /** Filters of one client. */
  filters: number;
  /** Milliseconds for authentication. */
  connectTimeout: number;
}

export interface HookOptions {
  access: BrokerAccess;
  sessions: Sessions;
  traffic: Traffic;
  limits: HookLimits;
  clock: Clock;
  log: Logger;
  onOpen(session: Session, client: Client): void;
}

/** CONNACK's return codes (MQTT 3.1.1, table 3.1). */
const refusals = { identifier: 2, unavailable: 3, unauthorized: 5 } as const;

const longestClientId = 255;

type Asked = NonNullable<Parameters<NonNullable<AedesOptions['authorizeSubscribe']>>[1]>;

export class Hooks {
  private readonly options: HookOptions;
  private readonly wills = new WeakMap<Client, string>();
  private readonly sessions = new WeakMap<Client, Session>();
  private readonly direct = new DirectDelivery();

  constructor(options: HookOptions) {
    this.options = options;
  }

  /** As aedes takes them. */
  all(): Required<
    Pick<
      AedesOptions,
      'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'
    >
  > {
    return {
      preConnect: (client, packet, done) => {
        // Sessions are clean whatever is asked: an offline queue has no bound, and CONNACK says that there is none.
        packet.clean = true;
        if (packet.will) this.wills.set(client, packet.will.topic);
        const fits = packet.clientId.length <= longestClientId;
        done(fits ? null : new Error('client id too long'), fits);
      },
      authenticate: (client, _user, password, done) => {
        this.enter(client, password?.toString('utf8')).then(
          () => done(null, true),
          (error: unknown) => {
            this.options.traffic.refused += 1;
            done(toRefusal(error), false);
          },
        );
      },
      authorizePublish: (client, packet, done) => done(this.publishFault(client, packet)),
      authorizeSubscribe: (client, asked, done) => {
        this.mayWatch(client, asked).then(
          (granted) => done(null, granted ? asked : null),
          (error: unknown) => {
            this.options.log.error(
              { err: error, filter: asked.topic },
              'a subscription could not be authorised',
            );
            done(null, null);
          },
        );
      },
      authorizeForward: (client, packet) => (this.isLeftToAedes(client, packet) ? packet : null),
    };
  }

  sessionOf(client: Client): Session | undefined {
    return this.sessions.get(client);
  }

  private async enter(client: Client, password: string | undefined): Promise<void> {
    const { access, sessions, limits, clock, onOpen } = this.options;
    const credentials = credentialsOf(client, password);
    const user = await withDeadline(clock, limits.connectTimeout, access.authenticate(credentials));
    if (!user || user.groups.includes('system:unauthenticated')) {
      throw new Refusal('unauthorized', 'nobody we know');
    }
    const refusal = sessions.refusal(client.id, user);
    if (refusal) throw new Refusal('identifier', refusal);
    const session = new Session({
      ...{ client: client.id, user, credentials, address: addressOf(client) },
      cut: () => client.conn.destroy(),
    });
    const will = this.wills.get(client);
    if (will && !mayPublish(session, will)) {
      throw new Refusal('unauthorized', `${user.name} may not leave a will on ${will}`);
    }
    sessions.add(session);
    this.sessions.set(client, session);
    this.options.traffic.accepted += 1;
    onOpen(session, client);
  }

  /** An error closes the connection: MQTT 3.1.1 has no other way to refuse a publication. */
  private publishFault(client: Client | null, packet: PublishPacket): Error | null {
    const session = client && this.sessions.get(client);
    if (!session) return new Error('not authenticated');
    if (packet.qos === 2) return new Error('QoS 2 is not supported');
    return mayPublish(session, packet.topic)
      ? null
      : new Error(`${session.user.name} may not publish to ${packet.topic}`);
  }

  private async mayWatch(client: Client, asked: Asked): Promise<boolean> {
    const { access, limits, log } = this.options;
    const session = this.sessions.get(client);
    if (!session || session.filters >= limits.filters) return false;
    session.filters += 1;
    const rule = ruleOfFilter(session, asked.topic);
    const granted =
      rule === 'granted' || (rule !== 'refused' && (await access.authorizeWatch(session.user, rule)));
    if (granted && rule !== 'granted') session.watches.add(asked.topic);
    if (!granted) log.info({ user: session.user.name, filter: asked.topic }, 'subscription refused');
    return granted;
  }

  /** Asked as a message is handed to a client. False: it has been sent, or must not be. */
  private isLeftToAedes(client: Client, packet: PublishPacket): boolean {
    const session = this.sessions.get(client);
    if (!session || !mayReceive(session, packet.topic) || !this.hasRoom(client, session, packet))
      return false;
    return !this.direct.sends(session, client, packet);
  }

  /** A client that has none is cut off. */
  private hasRoom(client: Client, session: Session, packet: PublishPacket): boolean {
    if (client.conn.destroyed) return false;
    const size = sizeOf(packet);
    const waiting = client.conn.writableLength + session.scheduled + size;
    const { limits, traffic } = this.options;
    if (waiting <= limits.clientBytes) {
      traffic.sent += 1;
      traffic.sentBytes += size;
      return true;
    }
    this.options.log.warn({ client: client.id, waiting }, 'a client that does not read is cut off');
    client.conn.destroy(new Error('too much is waiting to be read'));
    return false;
  }
}

class Refusal extends Error {
  readonly kind: keyof typeof refusals;

  constructor(kind: keyof typeof refusals, message: string) {
    super(message);
    this.kind = kind;
  }
}

function toRefusal(error: unknown): AuthenticateError {
  const unknown = ApiError.is(error, 'Unauthorized');
  const kind = error instanceof Refusal ? error.kind : unknown ? 'unauthorized' : 'unavailable';
  const message = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(message, { cause: error }), { returnCode: refusals[kind] });
}

/** IPv4 also where the socket speaks IPv6. */
function addressOf({ conn }: Client): string {
  const address = conn instanceof Socket ? conn.remoteAddress : undefined;
  return address?.replace(/^::ffff:(?=[\d.]+$)/, '') ?? '';
}

/** A certificate counts only where TLS has verified it against our CA. */
function credentialsOf(client: Client, token: string | undefined): ConnectCredentials {
  const { conn } = client;
  const subject =
    conn instanceof TLSSocket && conn.authorized ? conn.getPeerCertificate().subject : undefined;
  const commonName = subject?.CN;
  return {
    ...(token && { token }),
    ...(typeof commonName === 'string' && {
      certificate: { commonName, organizations: [subject?.O ?? []].flat() },
    }),
  };
}

function withDeadline<T>(clock: Clock, milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(milliseconds, () => reject(new Error('authentication took too long')));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
