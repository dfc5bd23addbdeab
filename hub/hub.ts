// The composition root of a hub: builds every part and starts them in order. Read `assemble` from top to bottom to see what
// a hub is; what belongs together is built in a file of its own.

import { join } from 'node:path';
import { resources } from '../shared/api/index.ts';
import {
  type Clock,
  type Logger,
  makeFolder,
  type Part,
  startAll,
  stopAll,
  UserError,
} from '../shared/base/index.ts';
import { createClient, EventRecorder } from '../shared/client/index.ts';
import { parseDuration } from '../shared/machinery/index.ts';
import { accessOf } from './access.ts';
import { hubItself } from './actors.ts';
import { advertisedHost, inUrl, localHost } from './address.ts';
import { announcements } from './announcements.ts';
import {
  createAdmission,
  PodSecurityMetrics,
  readAdmissionConfiguration,
} from './apiserver/admission/index.ts';
import { FlowControl, flowDumps, flowMetrics } from './apiserver/flow-control/index.ts';
import { HttpDoor } from './apiserver/http/index.ts';
import {
  ApiServer,
  EventExpiry,
  issuerDiscovery,
  metricsHandler,
  NodeReach,
  versionInfo,
} from './apiserver/index.ts';
import { MqttDoor } from './apiserver/mqtt/index.ts';
import { openApiHandler } from './apiserver/openapi/index.ts';
import { ServiceAllocator } from './apiserver/registry/index.ts';
import { auditOf } from './audit.ts';
import { backupHandler } from './backup/index.ts';
import { backupSourceOf, ownBackups } from './backup-source.ts';
import { bootstrap } from './bootstrap.ts';
import { Broker } from './broker/index.ts';
import type { HubConfig } from './config.ts';
import { clusterRange } from './controllers/index.ts';
import { encryptionHandler } from './encryption/index.ts';
import { layFoundation } from './foundation.ts';
import { hubMetrics } from './hub-metrics.ts';
import { keepers } from './keepers.ts';
import { Leading } from './leading.ts';
import { FileReplacement } from './material/index.ts';
import { named } from './named.ts';
import { otherHubs } from './other-hubs.ts';
import { PartHealth } from './part-health.ts';
import { type DirectoryLock, lockDirectory, type Store, StoreError } from './store/index.ts';
import { retainedBy, topicsOf } from './topics.ts';

export interface HubOptions {
  config: HubConfig;
  clock: Clock;
  log: Logger;
}

interface Assembled {
  store: Store;
  broker: Broker;
  door: HttpDoor;
  parts: Part[];
}

export class Hub {
  private readonly options: HubOptions;
  private assembled: Assembled | undefined;
  private lock: DirectoryLock | undefined;

  constructor(options: HubOptions) {
    this.options = options;
  }

  get kubeconfigPath(): string {
    return join(this.options.config.dataDir, 'admin.kubeconfig');
  }

  /** Where the API is, for this machine. */
  get server(): string {
    return `https://${inUrl(localHost(this.options.config))}:${this.running.door.port}`;
  }

  get mqttPort(): number {
    return this.running.broker.port;
  }

  /** Resolves once the API answers. */
  async start(): Promise<void> {
    const { dataDir } = this.options.config;
    await makeFolder(dataDir);
    try {
      this.lock = await lockDirectory(dataDir);
      await FileReplacement.finish(dataDir);
      this.assembled = await this.assemble();
      await startAll(this.assembled.parts);
    } catch (error) {
      await this.lock?.release();
      throw storeFailure(error) ?? error;
    }
  }

  /** Runs until the signal, or until the store fails; then stops everything. Rejects with the store's failure. */
  async runUntil(signal: AbortSignal): Promise<void> {
    const aborted = new Promise<undefined>((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const failure = await Promise.race([aborted, this.running.store.failed]);
    await this.stop();
    if (failure)
      throw new UserError(`the store can take no more writes: ${failure.message}`, { cause: failure });
  }

  async stop(): Promise<void> {
    const parts = this.assembled?.parts ?? [];
    this.assembled = undefined;
    await stopAll(parts);
    await this.lock?.release();
  }

  private async assemble(): Promise<Assembled> {
    const { config, clock, log } = this.options;
    const part = (name: string) => log.child({ part: name });

    const foundation = await layFoundation(this.options);
    const { encryption, authority, certificates, server, id, tokens, store, texts } = foundation;
    const ca = authority.certificate;

    // What is known, who it is, and what they may do.
    const reach = new NodeReach({ store });
    const ttl = parseDuration(config.eventTtl);
    const eventExpiry = new EventExpiry({
      ...{ store, clock, log: part('events'), ttl },
      limit: config.eventLimit,
    });
    const access = accessOf({ dataDir: config.dataDir, store, tokens, reach, clock, log: part('auth') });
    const { authenticate, authorize } = access;
    const health = new PartHealth('scheduler', 'controller-manager', 'etcd-0');
    health.asks('etcd-0', () => store.trouble);

    // How it comes back.
    const backupSource = backupSourceOf({ config, store, encryption, clock });
    const backups = ownBackups({
      ...{ config, source: backupSource, clock, log: part('backup') },
      recorder: () => recorder,
    });

    // The broker, and the API behind both doors.
    const broker = new Broker({
      tls: { key: server.key, cert: server.certificate, ca },
      bind: config.bind,
      port: config.mqttPort,
      access: {
        authenticate: (credentials) => authenticate(credentials),
        authorizeWatch: async (user, asked) => (await authorize({ user, verb: 'watch', ...asked })).allowed,
      },
      retained: { match: (filter) => retainedBy([topics.mirror, topics.presence], filter) },
      limits: { connections: config.maxConnections },
      clock,
      log: part('broker'),
    });
    const host = advertisedHost(config);
    const address = () => `${inUrl(host)}:${door.port}`;
    const { hubs, links, streams } = otherHubs({
      ...{ foundation, broker, clock, log },
      self: () => ({ id, host, httpsPort: door.port, mqttPort: broker.port }),
      client: () => client,
      presence: () => topics.presence,
    });
    const seats = config.maxRequestsInflight + config.maxMutatingRequestsInflight;
    const flowControl = new FlowControl({ store, clock, log: part('flow control'), seats });
    const audit = await auditOf({ config, texts, clock, log: part('audit') });
    const admission = await readAdmissionConfiguration(config.admissionControlConfigFile);
    const podSecurityMetrics = new PodSecurityMetrics();
    const api: ApiServer = new ApiServer({
      ...{ store, clock, log: part('apiserver'), resources, tokens, texts },
      ...access,
      components: health.checks(),
      // No reason to start the hub anew (livez): it goes on by itself.
      health: [{ name: 'etcd', for: ['healthz', 'readyz'], check: () => store.trouble }],
      admission: (world) =>
        createAdmission({ ...world, ...admission, roles: access.roles, podSecurityMetrics }),
      nodeStreams: streams,
      address,
      frontProxy: () => certificates.frontProxy(),
      ...(seats > 0 && { flowControl }),
      ...(audit && { audit: audit.auditor }),
      addresses: new ServiceAllocator({ serviceCidr: config.serviceCidr }),
      nonResource: [
        openApiHandler(
          () => api.index.all(),
          versionInfo.gitVersion,
          () => api.schemas,
          () => api.remote,
        ),
        ...issuerDiscovery({ tokens, server: () => `https://${address()}` }),
        encryptionHandler({ encryption, store, resources: config.encryptedResources }),
        backupHandler({ source: backupSource, scheduled: backups }),
        flowDumps({ levels: flowControl.levels, clock }),
        metricsHandler(() => [
          ...api.requests.families(),
          ...flowMetrics(flowControl),
          ...podSecurityMetrics.families(),
          ...hubMetrics({ store, broker, backups }),
          ...(audit?.auditor.families() ?? []),
        ]),
      ],
    });
    const client = createClient(api.transport(hubItself));
    const recorder = new EventRecorder({ client, clock, log: part('events'), instance: 'kelp-hub' });
    const behind = { handle: api.handle.bind(api), texts: api.texts, audit: audit?.auditor };
    const passesOn = (path: string) => api.passesOn(path);
    const mqttDoor = new MqttDoor({ ...behind, passesOn, bus: broker, log: part('mqtt') });
    const door: HttpDoor = new HttpDoor({
      ...{ ...behind, authenticate, server, ca, bind: config.bind, port: config.httpsPort },
      ...{ passesOn, log: part('https') },
    });
    const topics = topicsOf({ ...config, id, broker, api, store, client, reach, hubs, clock, log });

    // Who keeps the world in order.
    const kept = {
      ...config,
      api,
      authority,
      tokens,
      health,
      clock,
      log,
      clusterRange: clusterRange(config),
    };
    const leading = new Leading({
      ...{ shared: store.shared, id, client, clock, log: part('leading') },
      following: () => health.rests('scheduler', 'controller-manager'),
      keepers: (fence) => keepers({ ...kept, fence }),
    });

    const { kubeconfigPath } = this;
    const told = { config, foundation, client, hubs, kubeconfigPath, server: () => this.server, clock, log };
    const parts: Part[] = [
      health.watched('etcd-0', named('store', store)),
      { name: 'encryption', start: () => encryption.start() },
      ...(audit ? [audit.part] : []),
      named('reach', reach),
      named('roles', access.roles),
      named('flow control', flowControl),
      named('event expiry', eventExpiry),
      named('apiserver', api),
      named('hub links', links),
      named('streams', streams),
      named('mirror', topics.mirror),
      named('desired', topics.desired),
      named('leases', topics.leases),
      named('report requests', topics.reportRequests),
      named('mqtt door', mqttDoor),
      named('broker', broker),
      { name: 'bootstrap', start: () => bootstrap(client, ca) },
      named('presence', topics.presence),
      leading,
      named('events', recorder),
      named('backups', backups),
      named('https door', door),
      named('hubs', hubs),
      named('hub addresses', topics.hubAddresses),
      ...announcements(told),
    ];
    return { store, broker, door, parts };
  }

  private get running(): Assembled {
    if (!this.assembled) throw new Error('the hub has not been started');
    return this.assembled;
  }
}

/** What the store could not do, also where a part tells of it in its own words. */
function storeFailure(error: unknown): UserError | undefined {
  for (let at = error; at instanceof Error; at = at.cause)
    if (at instanceof StoreError && at.code === 'unusable')
      return new UserError(at.message, { cause: error });
  return error instanceof StoreError ? new UserError(error.message, { cause: error }) : undefined;
}
