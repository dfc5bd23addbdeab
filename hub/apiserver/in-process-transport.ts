// The API without a wire: for controllers, the scheduler and the bridge in the hub's own process.

import { backoffDelay, type Clock, type Timer } from '../../shared/base/index.ts';
import {
  type ListWatchHandlers,
  type ListWatchScope,
  restOf,
  type Transport,
  type TransportRequest,
} from '../../shared/client/index.ts';
import { ApiError, apiVersionOf, type KubeObject, type Live } from '../../shared/machinery/index.ts';
import { type Guard, type Store, StoreError, type Watch } from '../store/index.ts';
import type { Auditor, AuditTrail } from './audit/index.ts';
import type { Feed } from './feed.ts';
import { isLiveOf, prefixOf } from './kind.ts';
import { allShown, asShown, type Outcome, selectionOf } from './registry/index.ts';
import type { AccessReview, ApiRequest, UserInfo } from './request.ts';
import type { ResourceIndex } from './resource-index.ts';
import { noSuchMethod, noSuchResource } from './rest-path.ts';
import { asApiError } from './store-unavailable.ts';
import { verbsOf } from './subresource-verbs.ts';

/** Somebody in this process. */
export interface Caller {
  user: UserInfo;
  /** What the user's program calls itself. Default: the user's name. */
  userAgent?: string;
  /** What has to hold for every write: otherwise it is refused (Conflict), as its author leads no longer. */
  fence?: Guard;
}

export interface InProcessTransportOptions extends Caller {
  index: ResourceIndex;
  feed: Feed;
  store: Store;
  clock: Clock;
  /** Absent: nobody keeps an audit log. */
  audit?: Pick<Auditor, 'begin'>;
  run(request: ApiRequest): Promise<Outcome>;
  /** What is served here by no row: another API server may answer it. Throws NotFound where none does. */
  askOthers(request: TransportRequest): Promise<unknown>;
  /** Throws Forbidden. */
  allow(review: AccessReview): Promise<void>;
}

const retry = { base: 200, max: 30_000, jitter: 'full' } as const;

export class InProcessTransport implements Transport {
  private readonly options: InProcessTransportOptions;

  constructor(options: InProcessTransportOptions) {
    this.options = options;
  }

  async request(request: TransportRequest, signal?: AbortSignal): Promise<unknown> {
    const { group, version, resource } = request.resource;
    if (!this.options.index.find(group, version, resource)) return this.options.askOthers(request);
    const trail = this.begin(request);
    try {
      const outcome = await this.options.run(this.apiRequest(request, signal, trail));
      if (outcome.type === 'session' || outcome.type === 'proxy') throw noSuchMethod();
      if (outcome.type !== 'object') return outcome.stream;
      trail?.answers(outcome);
      return outcome.body;
    } catch (error) {
      if (error instanceof ApiError) trail?.fails(error);
      else trail?.panics(error);
      throw error;
    } finally {
      trail?.ends();
    }
  }

  private begin(request: TransportRequest): AuditTrail | undefined {
    const { audit, user, userAgent } = this.options;
    return audit?.begin({ ...restOf(request), user, userAgent, sourceIps: [] });
  }

  listWatch<T extends KubeObject>(
    scope: ListWatchScope<T>,
    handlers: ListWatchHandlers<T>,
  ): { stop(): void } {
    const following = new Following(this.options, scope, handlers);
    following.begin();
    return { stop: () => following.stop() };
  }

  private apiRequest(
    request: TransportRequest,
    signal: AbortSignal | undefined,
    trail: AuditTrail | undefined,
  ): ApiRequest {
    const { verb, namespace, name, subresource, query, body, patchType } = request;
    const { group, version, resource } = request.resource;
    const row = this.options.index.find(group, version, resource);
    const under = row?.subresources.find((one) => one === subresource);
    if (!row || (subresource && !under)) throw noSuchResource();
    if (!(under ? verbsOf(under) : row.verbs).includes(verb)) throw noSuchMethod();
    return {
      user: this.options.user,
      ...(this.options.fence && { fence: this.options.fence }),
      verb,
      resource: row,
      ...(namespace !== undefined && { namespace }),
      ...(name !== undefined && { name }),
      ...(under && { subresource: under }),
      query: new URLSearchParams(query),
      ...(body !== undefined && { body }),
      ...(patchType && { patchType }),
      userAgent: this.options.userAgent ?? this.options.user.name,
      ...(signal && { signal }),
      ...(trail && { audit: trail }),
    };
  }
}

/**
 * One list-and-follow.
 *   listing ──listed──▶ following ──watch ended──▶ waiting ──backoff──▶ listing
 *   any ──stop()──▶ stopped
 */
class Following<T extends KubeObject> {
  private readonly options: InProcessTransportOptions;
  private readonly scope: ListWatchScope<T>;
  private readonly handlers: ListWatchHandlers<T>;
  private stopped = false;
  private failures = 0;
  private watch: Watch | undefined;
  private timer: Timer | undefined;

  constructor(options: InProcessTransportOptions, scope: ListWatchScope<T>, handlers: ListWatchHandlers<T>) {
    this.options = options;
    this.scope = scope;
    this.handlers = handlers;
  }

  begin(): void {
    this.list().then(
      () => {
        this.failures = 0;
      },
      (error: unknown) => this.tryLater(error),
    );
  }

  stop(): void {
    this.stopped = true;
    this.watch?.stop();
    this.timer?.cancel();
  }

  private async list(): Promise<void> {
    const { index, store, feed } = this.options;
    const { resource, namespace, labelSelector, fieldSelector } = this.scope;
    const row = index.find(resource.group, resource.version, resource.resource);
    if (!row) throw noSuchResource();
    await this.allow('list');
    await this.allow('watch');
    const kind = { row, strategy: await index.strategyOf(row) };
    const { matches } = selectionOf(kind, {
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
    });
    const prefix = prefixOf(row, namespace);
    const state = await store.list(prefix);
    const shown = await allShown(kind, state.objects);
    if (this.stopped) return;
    const isOurs = (object: Live): object is Live<T> => isLiveOf(resource, object) && matches(object);
    this.handlers.onReplace({
      kind: row.listKind ?? `${row.kind}List`,
      apiVersion: apiVersionOf(row),
      metadata: { resourceVersion: String(state.revision) },
      items: shown.filter(isOurs),
    });
    if (this.stopped) return;
    this.watch = feed.follow(
      { prefix, matches, ...(kind.strategy.fromStore && { turn: (object: Live) => asShown(kind, object) }) },
      {
        onEvent: ({ type, object }) => {
          if (!this.stopped && isLiveOf(resource, object)) this.handlers.onEvent({ type, object });
        },
        onEnd: (error) => this.tryLater(error),
        onFailure: (error) => this.tryLater(error),
      },
      state.revision,
    );
  }

  private async allow(verb: string): Promise<void> {
    const { resource, namespace } = this.scope;
    const { user } = this.options;
    const scope = namespace === undefined ? {} : { namespace };
    await this.options.allow({ user, verb, group: resource.group, resource: resource.resource, ...scope });
  }

  /** A store that has stopped does not come back in this process. */
  private tryLater(error: unknown): void {
    if (this.stopped) return;
    this.handlers.onError(asApiError(error));
    if (error instanceof StoreError && error.code === 'closed') return;
    this.timer = this.options.clock.after(backoffDelay(this.failures, retry), () => this.begin());
    this.failures += 1;
  }
}
