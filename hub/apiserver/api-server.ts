// The API server: every door hands its requests to `handle`, in-process clients come through `transport`.
// Here errors become Status answers, and nowhere else.

import { loadSchemaSet, type Resource } from '../../shared/api/index.ts';
import type { Clock, Logger } from '../../shared/base/index.ts';
import type { Transport, TransportRequest } from '../../shared/client/index.ts';
import { ApiError, ContentMemo, internalError, ZeroFields } from '../../shared/machinery/index.ts';
import type { KeyPair } from '../../shared/pki/index.ts';
import type { Store } from '../store/index.ts';
import type { AdmissionOptions, AdmissionPlugin } from './admission/index.ts';
import { Aggregator, RemoteDiscovery, RemoteServers } from './aggregation/index.ts';
import type { Auditor } from './audit/index.ts';
import { type Authenticate, authenticateWith, impersonate, type RulesFor, rulesOf } from './auth/index.ts';
import { DefinitionServer, RunTimeSchemas } from './custom-resources/index.ts';
import { Feed } from './feed.ts';
import type { FlowControl, Turn } from './flow-control/index.ts';
import type { HealthCheck } from './health.ts';
import { type Caller, InProcessTransport } from './in-process-transport.ts';
import type { Kind } from './kind.ts';
import { labelsOf, RequestMetrics } from './metrics/index.ts';
import type { NodeStreams } from './node-streams.ts';
import { NodeUsage } from './node-usage.ts';
import { answerNonResource, type NonResourceHandler } from './non-resource.ts';
import { ObjectReader } from './object-reader.ts';
import { type Authorize, allowBy, Pipeline } from './pipeline.ts';
import {
  type AddressAllocator,
  FieldOwnership,
  type Judgement,
  kindOf,
  type Outcome,
  type RegistryParts,
  ServiceAddresses,
  Turns,
} from './registry/index.ts';
import { representationFor } from './representation.ts';
import type { AccessReview, ApiRequest, RestAnswer, RestRequest, UserInfo } from './request.ts';
import { RequestTimes, timeOf } from './request-time.ts';
import { ResourceIndex } from './resource-index.ts';
import { type OtherPath, parseRestPath, type ResourcePath } from './rest-path.ts';
import { JsonTexts } from './serialise.ts';
import type { ServiceAccountTokens } from './service-accounts/index.ts';
import { type Endpoints, serviceEndpoints } from './services/index.ts';
import { asApiError } from './store-unavailable.ts';
import { eventRepresentation, represent } from './table.ts';
import { typesOfKinds } from './types-of-kinds.ts';

export interface ApiServerOptions {
  store: Store;
  clock: Clock;
  log: Logger;
  /** The rows to serve; `index.add` takes more at run time. */
  resources: readonly Resource[];
  authorize: Authorize;
  /** The plugins, for what is stored and served. */
  admission(world: AdmissionOptions): readonly AdmissionPlugin[];
  nodeStreams: NodeStreams;
  /** `HOST:PORT` at which clients reach it; absent: they are not told. */
  address?(): string;
  /** Absent: its own. */
  texts?: JsonTexts;
  /** Absent: Services get no addresses. */
  addresses?: AddressAllocator;
  /** Absent: service accounts get no tokens. */
  tokens?: ServiceAccountTokens;
  /** Further paths, e.g. OpenAPI. */
  nonResource?: readonly NonResourceHandler[];
  /** Further checks for /healthz, /livez and /readyz. */
  health?: readonly HealthCheck[];
  /** Whose token it is, for TokenReview; absent: tokens are nobody's. */
  authenticate?: Authenticate;
  /** What somebody may do, for SelfSubjectRulesReview; absent: nothing is told. */
  rulesFor?: RulesFor;
  /** The certificate by which other API servers know this one. */
  frontProxy?: () => Promise<KeyPair>;
  /** Of requests from this process; doors tell of their own. Absent: nobody keeps an audit log. */
  audit?: Auditor;
  /** Absent: every request has its turn at once. */
  flowControl?: FlowControl;
  /** What `componentstatuses` lists. */
  components?: readonly HealthCheck[];
}

interface Running {
  parts: RegistryParts;
  pipeline: Pipeline;
}

export class ApiServer {
  /** The rows that are served. */
  readonly index: ResourceIndex;
  /** Requests of both doors. */
  readonly requests = new RequestMetrics();
  /** JSON of objects, shared by all doors. */
  readonly texts: JsonTexts;
  /** Commits as they happen. */
  readonly feed: Feed;
  /** Other API servers behind this one. */
  readonly servers: RemoteServers;
  readonly remote: RemoteDiscovery;
  private readonly aggregator: Aggregator;
  private readonly endpoints: Endpoints;
  private readonly times: RequestTimes;
  private readonly options: ApiServerOptions;
  /** Serves custom resources. */
  readonly definitions: DefinitionServer;
  private loaded: RunTimeSchemas | undefined;
  private running: Running | undefined;

  constructor(options: ApiServerOptions) {
    this.options = options;
    this.times = new RequestTimes(options);
    this.texts = options.texts ?? new JsonTexts();
    this.index = new ResourceIndex(options.resources);
    this.feed = new Feed(options);
    this.endpoints = serviceEndpoints(new ObjectReader(options), options.nodeStreams);
    this.definitions = new DefinitionServer({
      ...options,
      index: this.index,
      schemas: () => this.schemas,
      endpoints: this.endpoints,
    });
    const { frontProxy } = options;
    this.servers = new RemoteServers({
      endpoints: this.endpoints,
      ...(frontProxy && { identity: frontProxy }),
    });
    this.aggregator = new Aggregator({ ...options, index: this.index, servers: this.servers });
    this.remote = new RemoteDiscovery({ ...options, aggregator: this.aggregator });
  }

  /** Loads schemas and strategies. The store must have started. */
  async start(): Promise<void> {
    const { store, clock, log, nodeStreams, authorize, addresses: allocator, tokens } = this.options;
    const schemas = new RunTimeSchemas(await loadSchemaSet());
    this.loaded = schemas;
    const zeros = new ZeroFields(schemas);
    this.texts.writeAsGo(zeros, await typesOfKinds(this.index));
    const reader = new ObjectReader({ store });
    const services = new ServiceAddresses({ allocator, reader });
    const turns = new Turns({ store });
    const { feed, index, endpoints } = this;
    const admission = this.options.admission({ store, index, schemas, endpoints, authorize });
    const fields = new FieldOwnership({ schemas, zeros });
    const judgements = new ContentMemo<Judgement>();
    const allow = (review: AccessReview) => allowBy(authorize, review);
    const known = {
      store,
      clock,
      log,
      index,
      schemas,
      admission,
      reader,
      feed,
      nodeStreams,
      services,
      turns,
    };
    const parts = { ...known, ...this.virtualParts(), fields, judgements, allow, tokens };
    await this.definitions.start();
    await this.aggregator.start();
    this.running = { parts, pipeline: new Pipeline({ parts, authorize }) };
  }

  /** The types of all Kinds. Throws before `start`. */
  get schemas(): RunTimeSchemas {
    if (!this.loaded) throw new Error('the API server has not been started');
    return this.loaded;
  }

  /** From now on requests are refused; watches end with the store. */
  async stop(): Promise<void> {
    this.definitions.stop();
    this.aggregator.stop();
    this.servers.stop();
    this.times.stop();
    this.running = undefined;
  }

  /** Answers every request, also a bad one; never throws. */
  async handle(request: RestRequest): Promise<RestAnswer> {
    const { clock, flowControl } = this.options;
    let began = clock.monotonic();
    let path: ResourcePath | OtherPath | undefined;
    let asked = request;
    let turn: Turn | undefined;
    let answer: RestAnswer;
    try {
      path = parseRestPath(request.method, request.path);
      const limit = timeOf(path);
      if (request.actingAs) asked = await this.asActing(request, request.actingAs);
      const entering = flowControl?.enter(path, asked);
      turn = entering instanceof Promise ? await entering : entering;
      if (turn?.refusal) throw turn.refusal;
      began = clock.monotonic();
      const until = began + (limit ?? 0);
      if (limit !== undefined) asked.timeLeft = () => until - clock.monotonic();
      if (asked.read) Object.assign(asked, await this.times.within(limit, asked.read()));
      answer = await this.times.within(limit, this.answer(path, asked));
    } catch (error) {
      answer = this.answerError(error, asked);
    }
    const labels = labelsOf(path, asked.contentType, this.index);
    this.requests.count(labels, answer, (clock.monotonic() - began) / 1000);
    if (!turn) return answer;
    // A watch has its turn until it has begun, whoever serves it.
    if (path?.verb === 'watch') turn.ends();
    answer.turn = turn;
    return answer;
  }

  private async asActing(request: RestRequest, actingAs: UserInfo): Promise<RestRequest> {
    const { pipeline } = this.open();
    const user = await impersonate(request.user, actingAs, (review) => pipeline.allow(review));
    request.audit?.actsAs(user);
    return { ...request, user };
  }

  private async answer(path: ResourcePath | OtherPath, request: RestRequest): Promise<RestAnswer> {
    const running = this.open();
    const elsewhere = this.aggregator.serviceAt(request.path);
    if (elsewhere) {
      await running.pipeline.allowAny(path, request);
      return this.aggregator.answer(elsewhere, request);
    }
    if (path.type === 'resource')
      return this.withDoubt(path, await this.answerResource(running, path, request));
    await running.pipeline.allowAny(path, request);
    return await answerNonResource(
      {
        ...{ index: this.index, remote: this.remote, address: this.options.address?.() },
        checks: this.checks(),
        handlers: this.options.nonResource ?? [],
      },
      path,
      request,
    );
  }

  /** Who reads what a hub knows while its store is out of reach is told so: others may have changed it since. */
  private withDoubt({ verb }: ResourcePath, answer: RestAnswer): RestAnswer {
    const { trouble } = this.options.store;
    if (trouble === undefined || (verb !== 'get' && verb !== 'list')) return answer;
    const doubt = `this may be out of date, as the store is out of reach: ${trouble}`;
    return { ...answer, warnings: [...(answer.warnings ?? []), doubt] };
  }

  /** The API for somebody in this process: nothing is serialised, answers are the store's frozen objects. */
  transport(caller: Caller): Transport {
    const { index, feed } = this;
    const { clock, store, audit } = this.options;
    return new InProcessTransport({
      ...{ ...caller, index, feed, clock, store },
      ...(audit && { audit }),
      run: (request) => this.run(request),
      askOthers: (request) => this.askOthers(request, caller.user),
      allow: (review) => this.open().pipeline.allow(review),
    });
  }

  /** Whether another server answers what is asked there: nothing of the request is for this one. */
  passesOn(path: string): boolean {
    return this.aggregator.serviceAt(path) !== undefined;
  }

  private async askOthers(request: TransportRequest, user: UserInfo): Promise<unknown> {
    const { verb, resource: row, namespace, name, subresource } = request;
    const { group, resource } = row;
    await this.open().pipeline.allow({ user, verb, group, resource, namespace, name, subresource });
    return this.aggregator.ask(request, user);
  }

  private async run(request: ApiRequest): Promise<Outcome> {
    try {
      return await this.open().pipeline.runDirect(request);
    } catch (error) {
      throw asApiError(error);
    }
  }

  private async answerResource(
    { pipeline, parts }: Running,
    path: ResourcePath,
    request: RestRequest,
  ): Promise<RestAnswer> {
    const isDeprecated =
      request.audit && this.index.find(path.group, path.version, path.resource)?.deprecation;
    if (isDeprecated) request.audit?.annotate('k8s.io/deprecated', 'true');
    const representation = representationFor(path, this.index, request);
    const ran = await pipeline.run(path, request);
    const { outcome } = ran;
    const kind = await kindOf(parts, ran.request);
    const { clock } = this.options;
    switch (outcome.type) {
      case 'stream':
        return outcome;
      case 'session':
        return { ...outcome, code: 101 };
      case 'proxy':
        return { ...outcome, code: 200 };
      case 'watch': {
        const shown = eventRepresentation(representation, kind, () => clock.now());
        const events = outcome.stream;
        const warnings = warningsOf(kind, []);
        return { type: 'watch', code: 200, events, shown, contentType: 'application/json', ...warnings };
      }
      case 'object': {
        const body = represent(outcome.body, representation, kind, clock.now());
        const { code, warnings = [] } = outcome;
        return { type: 'object', code, body, ...warningsOf(kind, warnings) };
      }
    }
  }

  private answerError(error: unknown, request: RestRequest): RestAnswer {
    const known = asApiError(error);
    if (known instanceof ApiError) return { type: 'object', code: known.code, body: known.toStatus() };
    const { method, path } = request;
    this.options.log.error({ err: error, method, path, user: request.user.name }, 'a request failed');
    request.audit?.panics(error);
    const why = error instanceof Error ? error.message : String(error);
    const status = internalError(why);
    return { type: 'object', code: status.code, body: status.toStatus() };
  }

  /** From what those resources are answered that nothing stores. */
  private virtualParts(): Pick<RegistryParts, 'access' | 'components' | 'usage'> {
    const { authorize, components = [], clock, nodeStreams } = this.options;
    const { authenticate = authenticateWith([]), rulesFor = rulesOf([]) } = this.options;
    const usage = new NodeUsage({ streams: nodeStreams, clock });
    return { access: { authenticate, authorize, rulesFor }, components, usage };
  }

  private open(): Running {
    if (!this.running) throw new ApiError('ServiceUnavailable', 'the API server does not run');
    return this.running;
  }

  private checks(): HealthCheck[] {
    return [{ name: 'ping', check: () => undefined }, ...(this.options.health ?? [])];
  }
}

/** What was said of the request, and that its version is deprecated. */
function warningsOf({ row }: Kind, said: readonly string[]): { warnings?: readonly string[] } {
  const warnings = row.deprecation ? [row.deprecation, ...said] : said;
  return warnings.length > 0 ? { warnings } : {};
}
