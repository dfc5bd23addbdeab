// etcd over gRPC: one endpoint at a time, the next one when it fails. Nothing is tried again in here: whether a request
// may be made twice is for those to say who make it.

import { rootCertificates } from 'node:tls';
import type { ClientOptions } from '@grpc/grpc-js';
import type {
  Etcd3,
  ICompactionRequest,
  IDuplexStream,
  IOptions,
  IRangeRequest,
  IRangeResponse,
  ITxnRequest,
  ITxnResponse,
  IWatchRequest,
  IWatchResponse,
} from 'etcd3';
import type { EtcdAddress } from './address.ts';
import { etcdFailure } from './etcd-failure.ts';
import { RevisionShift } from './revision-shift.ts';

export type WatchStream = IDuplexStream<IWatchRequest, IWatchResponse>;

export interface EtcdTls {
  /** PEM each; without `ca` the system's. */
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
}

export interface EtcdConnectionOptions {
  address: EtcdAddress;
  tls?: EtcdTls;
  /** Milliseconds for one request. */
  requestTimeout: number;
}

/** A dead peer is noticed after both together; etcd refuses more than a ping in 5 s. */
const keepalive: ClientOptions = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
};

export class EtcdConnection {
  private readonly options: EtcdConnectionOptions;
  /** What makes our revisions of etcd's. */
  shift = new RevisionShift();
  private clients: { endpoint: string; client: Etcd3 }[] = [];
  private at = 0;

  constructor(options: EtcdConnectionOptions) {
    this.options = options;
  }

  /** Loads the library; connects with the first request. */
  async open(): Promise<void> {
    const [{ Etcd3: Client }, { noop }, { InterceptingCall }] = await Promise.all([
      import('etcd3'),
      import('cockatiel'),
      import('@grpc/grpc-js'),
    ]);
    const { address, tls, requestTimeout } = this.options;
    // A member that is cut off from its leader ends our streams instead of letting them starve.
    const requireLeader: NonNullable<ClientOptions['interceptors']>[number] = (options, next) =>
      new InterceptingCall(next(options), {
        start(metadata, listener, go) {
          metadata.set('hasleader', 'true');
          go(metadata, listener);
        },
      });
    const common: Omit<IOptions, 'hosts'> = {
      faultHandling: { global: noop, host: () => noop },
      grpcOptions: keepalive,
      defaultCallOptions: ({ isStream }) =>
        isStream ? { interceptors: [requireLeader] } : { deadline: Date.now() + requestTimeout },
      ...(address.user && { auth: { username: address.user.name, password: address.user.password } }),
      ...(tls && { credentials: credentialsOf(tls) }),
    };
    this.clients = address.endpoints.map((endpoint) => ({
      endpoint,
      client: new Client({ ...common, hosts: [`${address.tls ? 'https' : 'http'}://${endpoint}`] }),
    }));
  }

  close(): void {
    for (const { client } of this.clients.splice(0)) client.close();
  }

  /** All of these reject with an EtcdFailure. */
  async transact(request: ITxnRequest): Promise<ITxnResponse> {
    const transaction = this.shift.transaction(request);
    return this.shift.outcome(await this.call(({ kv }) => kv.txn(transaction)));
  }

  async range(request: IRangeRequest): Promise<IRangeResponse> {
    const range = this.shift.rangeRequest(request);
    return this.shift.rangeResponse(await this.call(({ kv }) => kv.range(range)));
  }

  async compact({ revision = 0, ...request }: ICompactionRequest): Promise<void> {
    await this.call(({ kv }) => kv.compact({ ...request, revision: this.shift.toEtcd(revision) }));
  }

  /** A lease of so many seconds; answers its id. */
  async grantLease(seconds: number): Promise<string> {
    const { ID } = await this.call(({ leaseClient }) => leaseClient.leaseGrant({ TTL: seconds }));
    return ID;
  }

  /** A stream of etcd's own revisions (see `shift`), that ends when its endpoint, or that one's leader, is gone. */
  watch(): Promise<WatchStream> {
    return this.call(({ watchClient }) => watchClient.watch());
  }

  /** What a stream was ended by; the next request goes to another endpoint. */
  streamFailure(cause: unknown): Error {
    const { endpoint } = this.current();
    this.at += 1;
    return etcdFailure(endpoint, cause);
  }

  private async call<T>(request: (client: Etcd3) => Promise<T>): Promise<T> {
    const used = this.current();
    try {
      return await request(used.client);
    } catch (cause) {
      const failure = etcdFailure(used.endpoint, cause);
      const otherMayServe = failure.kind === 'unsent' || failure.kind === 'unknown';
      if (otherMayServe && this.clients.length > 0 && used === this.current()) this.at += 1;
      throw failure;
    }
  }

  private current(): { endpoint: string; client: Etcd3 } {
    const current = this.clients[this.at % this.clients.length];
    if (!current) throw etcdFailure(this.options.address.endpoints.join(), 'the connection is closed');
    return current;
  }
}

function credentialsOf({ ca, cert, key }: EtcdTls): NonNullable<IOptions['credentials']> {
  return {
    rootCertificate: ca ?? Buffer.from(rootCertificates.join('\n')),
    ...(key && { privateKey: key }),
    ...(cert && { certChain: cert }),
  };
}
