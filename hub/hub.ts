// The composition root of a hub: builds every part and starts them in order. Only here are concrete classes known to
// each other; read `assemble` from top to bottom to see what a hub is.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { resources } from '../shared/api/index.ts';
import {
  type Clock,
  type Logger,
  type Part,
  startAll,
  stopAll,
  UserError,
  writeFileDurably,
} from '../shared/base/index.ts';
import { createClient, EventRecorder } from '../shared/client/index.ts';
import { parseDuration } from '../shared/machinery/index.ts';
import { advertisedHost, inUrl, localHost } from './address.ts';
import { adminToken, tokenFileIn } from './admin-token.ts';
import { createAdmission } from './apiserver/admission/index.ts';
import {
  authenticateWith,
  authorizeWith,
  basicUserAuthorizer,
  bootstrapAuthorizer,
  bootstrapTokenAuthenticator,
  certificateAuthenticator,
  clusterInfoAuthorizer,
  discoveryAuthorizer,
  mastersAuthorizer,
  nodeAuthorizer,
  rulesOf,
  tokenFileAuthenticator,
} from './apiserver/auth/index.ts';
import { HttpDoor } from './apiserver/http/index.ts';
import {
  ApiServer,
  EventExpiry,
  issuerDiscovery,
  issuerDiscoveryAuthorizer,
  metricsHandler,
  NodeReach,
  ServiceAccountTokens,
  serviceAccountAuthenticator,
  versionInfo,
} from './apiserver/index.ts';
import { MqttDoor } from './apiserver/mqtt/index.ts';
import { openApiHandler } from './apiserver/openapi/index.ts';
import { ServiceAllocator } from './apiserver/registry/index.ts';
import { backupHandler, ScheduledBackups } from './backup/index.ts';
import { backupSourceOf } from './backup-source.ts';
import { bootstrap, keepClusterInfo } from './bootstrap.ts';
import { readBootstrapSecret } from './bootstrap-secrets.ts';
import {
  DesiredStateBridge,
  HubAddresses,
  HubLinks,
  LeaseBridge,
  Mirror,
  NodeStreamBridge,
  PresenceBridge,
  ReportRequests,
} from './bridge/index.ts';
import { Broker } from './broker/index.ts';
import { commonMaterial, keyFileOf } from './common-material.ts';
import type { HubConfig } from './config.ts';
import { clusterRange } from './controllers/index.ts';
import { Encryption, encryptionHandler, prefixesOf } from './encryption/index.ts';
import { hubMetrics } from './hub-metrics.ts';
import { HubRegistry, hubId, wheneverHubsChange } from './hubs/index.ts';
import { keepers } from './keepers.ts';
import { keepKubernetesService } from './kubernetes-service.ts';
import { Leading } from './leading.ts';
import { FileReplacement } from './material/index.ts';
import { named } from './named.ts';
import { PartHealth } from './part-health.ts';
import { CertificateAuthority, HubCertificates, kubeconfig, serviceAccountKey } from './pki/index.ts';
import { createStore, type DirectoryLock, lockDirectory, type Store, StoreError } from './store/index.ts';

export interface HubOptions {
  config: HubConfig;
  clock: Clock;
  log: Logger;
}

/** What the hub's own parts act as. */
const self = { name: 'system:kelp-hub', groups: ['system:masters'] };

/** Seconds: leases are volatile too, and written again long before that. */
const shortestVolatile = 3_600;

/** Whom Events are about that concern the hub itself. */
const systemNamespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'kube-system', namespace: 'kube-system' },
};

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
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    try {
      this.lock = await lockDirectory(dataDir);
      await FileReplacement.finish(dataDir);
      this.assembled = await this.assemble();
      await startAll(this.assembled.parts);
    } catch (error) {
      await this.lock?.release();
      throw error instanceof StoreError ? new UserError(error.message, { cause: error }) : error;
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

    // What the hubs of this cluster have in common, and what opens encrypted objects.
    const sealing = { prefixes: prefixesOf(config.encryptedResources, resources), log: part('encryption') };
    const common = await commonMaterial(config, sealing, (keys) => encryption.adopt(keys), clock);
    const encryption: Encryption = new Encryption({
      ...{ ...sealing, ...common.forEncryption },
      keyFile: keyFileOf(config),
    });
    await encryption.load();

    // Who is believed.
    const authority = new CertificateAuthority({ directory: join(config.dataDir, 'pki') });
    await authority.start();
    const certificates = new HubCertificates({ directory: join(config.dataDir, 'pki'), authority, clock });
    const server = await certificates.server([config.bind, config.advertise].filter(Boolean));
    const token = await adminToken(config.dataDir);
    const id = await hubId(config.dataDir);
    const tokens = new ServiceAccountTokens(await serviceAccountKey(join(config.dataDir, 'pki')));

    // What is known.
    const eventTtl = parseDuration(config.eventTtl);
    const store = await createStore(config, {
      volatileLifetime: Math.ceil(Math.max(shortestVolatile, eventTtl / 1000)),
      directory: join(config.dataDir, 'store'),
      text: encryption.text,
      clock,
      log: part('store'),
      ...common.forStore,
    });
    const reach = new NodeReach({ store });
    const eventExpiry = new EventExpiry({
      store,
      clock,
      log: part('events'),
      ttl: eventTtl,
      limit: config.eventLimit,
    });

    // Who it is, and what they may do; the same for both doors.
    const authenticate = authenticateWith([
      certificateAuthenticator,
      tokenFileAuthenticator({ path: tokenFileIn(config.dataDir), log: part('auth') }),
      bootstrapTokenAuthenticator({ readSecret: readBootstrapSecret(store), clock }),
      serviceAccountAuthenticator({ tokens, store, clock }),
    ]);
    const authorizers = [
      mastersAuthorizer,
      discoveryAuthorizer,
      basicUserAuthorizer,
      clusterInfoAuthorizer,
      bootstrapAuthorizer,
      issuerDiscoveryAuthorizer,
      nodeAuthorizer({ mayRead: (...object) => reach.mayRead(...object) }),
    ];
    const authorize = authorizeWith(authorizers);
    const health = new PartHealth('scheduler', 'controller-manager', 'etcd-0');
    health.asks('etcd-0', () => store.trouble);

    // How it comes back.
    const backupSource = backupSourceOf({ config, store, encryption, clock });
    const backups = new ScheduledBackups({
      source: backupSource,
      schedule: config.backupSchedule,
      directory: config.backupDir || join(config.dataDir, 'backups'),
      keep: config.backupKeep,
      passphraseFile: config.backupPassphraseFile,
      onFailure: (why) => recorder.from('kelp-hub').event(systemNamespace, 'Warning', 'BackupFailed', why),
      clock,
      log: part('backup'),
    });

    // The broker, and the API behind both doors.
    const broker = new Broker({
      tls: { key: server.key, cert: server.certificate, ca: authority.certificate },
      bind: config.bind,
      port: config.mqttPort,
      access: {
        authenticate: (credentials) => authenticate(credentials),
        authorizeWatch: async (user, asked) => (await authorize({ user, verb: 'watch', ...asked })).allowed,
      },
      retained: { match: (filter) => retainedBy([mirror, presence], filter) },
      limits: { connections: config.maxConnections },
      clock,
      log: part('broker'),
    });
    const hubs: HubRegistry = new HubRegistry({
      self: () => ({ id, host: advertisedHost(config), httpsPort: door.port, mqttPort: broker.port }),
      client: () => client,
      shared: store.shared,
      clock,
      log: part('hubs'),
    });
    const links = new HubLinks({
      ...{ id, clock },
      log: part('hubs'),
      tls: async () => {
        const { certificate: cert, key } = await certificates.hub(id);
        return { ca: authority.certificate, cert, key };
      },
      find: (other) => hubs.find(other),
    });
    const streams = new NodeStreamBridge({
      ...{ broker, clock },
      ...(store.shared && {
        elsewhere: {
          hubOf: (node: string) => presence.hubOf(node),
          wayTo: (...way: Parameters<HubLinks['wayTo']>) => links.wayTo(...way),
        },
      }),
    });
    const discovery = issuerDiscovery({
      tokens,
      server: () => `https://${inUrl(advertisedHost(config))}:${door.port}`,
    });
    const api: ApiServer = new ApiServer({
      store,
      clock,
      log: part('apiserver'),
      resources,
      authorize,
      authenticate,
      rulesFor: rulesOf(authorizers),
      components: health.checks(),
      admission: createAdmission,
      nodeStreams: streams,
      frontProxy: () => certificates.frontProxy(),
      addresses: new ServiceAllocator({ serviceCidr: config.serviceCidr }),
      tokens,
      nonResource: [
        openApiHandler(
          () => api.index.all(),
          versionInfo.gitVersion,
          () => api.schemas,
          () => api.remote,
        ),
        ...discovery,
        encryptionHandler({ encryption, store, resources: config.encryptedResources }),
        backupHandler({ source: backupSource, scheduled: backups }),
        metricsHandler(() => [...api.requests.families(), ...hubMetrics({ store, broker, backups })]),
      ],
    });
    const client = createClient(api.transport(self));
    const mqttDoor = new MqttDoor({
      bus: broker,
      handle: (request) => api.handle(request),
      texts: api.texts,
      log: part('mqtt'),
    });
    const door: HttpDoor = new HttpDoor({
      handle: (request) => api.handle(request),
      passesOn: (path) => api.passesOn(path),
      authenticate,
      texts: api.texts,
      server,
      ca: authority.certificate,
      bind: config.bind,
      port: config.httpsPort,
      log: part('https'),
    });

    const recorder = new EventRecorder({ client, clock, log: part('events'), instance: 'kelp-hub' });

    // Objects ↔ topics.
    const mirror = new Mirror({
      broker,
      store,
      texts: api.texts,
      resources: () => api.index.preferred(),
      log: part('mirror'),
    });
    const presence: PresenceBridge = new PresenceBridge({
      ...{ broker, client, clock },
      log: part('presence'),
      ...(store.shared && {
        hubs: {
          id,
          isAlive: (other: string) => hubs.isAlive(other),
          onChange: (listener: () => void) => hubs.onChange(listener),
        },
      }),
    });
    const addresses = new HubAddresses({
      broker,
      brokers: () => hubs.all().map(({ host, mqttPort }) => ({ host, port: mqttPort })),
      onChange: (listener) => hubs.onChange(listener),
    });
    /** What boards and people may know before they have joined. */
    const told = () => ({
      ca: authority.certificate,
      mqttPort: broker.port,
      advertise: advertisedHost(config),
      ...(store.shared && { hubs: hubs.all().sort((a, b) => a.id.localeCompare(b.id)) }),
    });
    const desired = new DesiredStateBridge({ broker, store, reach, log: part('desired') });
    const leases = new LeaseBridge({
      broker,
      client,
      clock,
      log: part('leases'),
      durationSeconds: config.nodeGraceSeconds,
    });

    const reportRequests = new ReportRequests({ broker, client, clock, log: part('reports') });

    // Who keeps the world in order.
    const range = clusterRange(config);
    const leading = new Leading({
      ...{ shared: store.shared, id, clock },
      log: part('leading'),
      clientBehind: (fence) => createClient(api.transport(self, fence)),
      following: () => health.rests('scheduler', 'controller-manager'),
      keepers: (fenced) =>
        keepers({
          client: fenced,
          api,
          authority,
          tokens,
          health,
          clock,
          log,
          clusterRange: range,
          ...config,
        }),
    });

    const parts: Part[] = [
      health.watched('etcd-0', named('store', store)),
      { name: 'encryption', start: () => encryption.start() },
      named('reach', reach),
      named('event expiry', eventExpiry),
      named('apiserver', api),
      named('hub links', links),
      named('streams', streams),
      named('mirror', mirror),
      named('desired', desired),
      named('leases', leases),
      named('report requests', reportRequests),
      named('mqtt door', mqttDoor),
      named('broker', broker),
      { name: 'bootstrap', start: () => bootstrap(client, authority.certificate) },
      named('presence', presence),
      leading,
      named('events', recorder),
      named('backups', backups),
      named('https door', door),
      named('hubs', hubs),
      named('hub addresses', addresses),
      wheneverHubsChange({
        ...{ name: 'cluster-info', hubs, clock, log },
        work: () => keepClusterInfo({ client, ...told() }),
      }),
      wheneverHubsChange({
        ...{ name: 'service kubernetes', hubs, clock, log },
        work: () =>
          keepKubernetesService({
            client,
            serviceCidr: config.serviceCidr,
            addresses: hubs.alive().map(({ host, httpsPort }) => ({ host, port: httpsPort })),
          }),
      }),
      {
        name: 'kubeconfig',
        start: async () => {
          const admin = await certificates.admin();
          const text = kubeconfig({ server: this.server, ca: authority.certificate, admin, token });
          await writeFileDurably(this.kubeconfigPath, text, 0o600);
        },
      },
    ];
    return { store, broker, door, parts };
  }

  private get running(): Assembled {
    if (!this.assembled) throw new Error('the hub has not been started');
    return this.assembled;
  }
}

type Retained = { match(filter: string): Iterable<RetainedMessage> | AsyncIterable<RetainedMessage> };
type RetainedMessage = { topic: string; payload: string | Buffer };

/** What is kept for a filter, from all who keep something. */
async function* retainedBy(sources: readonly Retained[], filter: string): AsyncIterable<RetainedMessage> {
  for (const source of sources) yield* source.match(filter);
}
