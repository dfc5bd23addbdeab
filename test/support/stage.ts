// A whole cluster in one process, on a clock of the test's own: a real API server over a store in memory, all controllers,
// the scheduler, and players in place of kubelets. `heard` is what a watch of everything would have shown.

import { Duplex, PassThrough, Readable } from 'node:stream';
import { expect } from 'chai';
import { type Actor, controller, controllerManager, hubItself, theScheduler } from '../../hub/actors.ts';
import { authorizeWith } from '../../hub/apiserver/auth/index.ts';
import { type AccessReview, ApiServer, createAdmission } from '../../hub/apiserver/index.ts';
import {
  type ClusterRange,
  ControllerManager,
  type ControllerOptions,
  controllers,
  defaultOptions,
} from '../../hub/controllers/index.ts';
import { Scheduler } from '../../hub/scheduler/index.ts';
import { MemoryStore } from '../../hub/store/index.ts';
import { type Event, events, namespaces, type Resource, resources } from '../../shared/api/index.ts';
import { createLog } from '../../shared/base/index.ts';
import {
  type Client,
  createClient,
  EventRecorder,
  InformerFactory,
  keyOf,
  type Transport,
} from '../../shared/client/index.ts';
import { ApiError, type KubeObject, type Live } from '../../shared/machinery/index.ts';
import { defaultAuthorizers } from './default-roles.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { KubeletPlayer, type KubeletPlayerOptions } from './kubelet-player.ts';
import { LaggingTransport } from './lagging-transport.ts';

export const caCertificate = '-----BEGIN CERTIFICATE-----\nours\n-----END CERTIFICATE-----\n';

export interface StageOptions {
  terminatedPodThreshold?: number;
  clusterRange?: ClusterRange | undefined;
  /** Milliseconds by which controllers and scheduler hear of changes too late. */
  lag?: number;
  /** What controllers and scheduler reach the API by, e.g. one that breaks. */
  way?: (transport: Transport) => Transport;
}

export class Stage {
  readonly clock = new FakeClock('2026-01-01T00:00:00Z');
  readonly store = new MemoryStore({ clock: this.clock });
  readonly log = createLog('stage', 'silent');
  readonly api: ApiServer;
  readonly client: Client;
  /** What controllers and scheduler read and write through, each as who it is in a hub. */
  private readonly clientOf: (actor: Actor) => Client;
  informers: InformerFactory;
  /** What somebody asked for and had no role for: nobody who keeps things in order should. */
  readonly refused: string[] = [];
  readonly kubelets = new Map<string, KubeletPlayer>();
  private readonly recorder: EventRecorder;
  private manager: ControllerManager;
  private scheduler: Scheduler;
  private readonly options: Pick<ControllerOptions, 'terminatedPodThreshold' | 'clusterRange'>;

  constructor({ terminatedPodThreshold = 12_500, clusterRange, lag = 0, way }: StageOptions = {}) {
    const { store, clock, log } = this;
    const authorize = defaultAuthorizers().then(authorizeWith);
    this.api = new ApiServer({
      store,
      clock,
      log,
      resources,
      authorize: async (review) => {
        const decision = await (await authorize)(review);
        if (!decision.allowed) this.refused.push(asked(review));
        return decision;
      },
      admission: createAdmission,
      nodeStreams: {
        open: async (node, { kind }) => {
          const stats = kind === 'stats' ? this.kubelets.get(node)?.stats() : undefined;
          if (!stats) throw new ApiError('ServiceUnavailable', `node ${node} is not connected`);
          return Duplex.from({
            readable: Readable.from([Buffer.from(JSON.stringify(stats))]),
            writable: new PassThrough(),
          });
        },
        check: () => {},
      },
    });
    this.client = createClient(this.api.transport({ user: { name: 'stage', groups: ['system:masters'] } }));
    this.clientOf = (actor) => {
      const transport = this.api.transport(actor);
      const late = lag > 0 ? new LaggingTransport({ transport, clock, lag }) : transport;
      return createClient(way ? way(late) : late);
    };
    this.options = { terminatedPodThreshold, clusterRange };
    this.recorder = new EventRecorder({ client: this.client, clock, log, instance: 'stage' });
    this.informers = new InformerFactory({ client: this.clientOf(controllerManager), log });
    ({ manager: this.manager, scheduler: this.scheduler } = this.makeControllers());
  }

  private makeControllers() {
    const { clientOf, clock, log, informers, recorder } = this;
    const options = { ...defaultOptions, caCertificate, ...this.options };
    const made = controllers({
      ...{ informers, clock, log, recorder, options },
      clientOf: (account) => clientOf(controller(account)),
      ownClient: clientOf(hubItself),
    });
    return {
      manager: new ControllerManager({ controllers: made, clock, log }),
      scheduler: new Scheduler({ client: clientOf(theScheduler), informers, clock, log, recorder }),
    };
  }

  /** As if the hub had been started anew over the same store: whoever keeps things in order knows nothing any more. */
  async restartControllers(): Promise<void> {
    await this.stopControllers();
    this.informers = new InformerFactory({ client: this.clientOf(controllerManager), log: this.log });
    ({ manager: this.manager, scheduler: this.scheduler } = this.makeControllers());
    this.informers.start();
    await Promise.all([this.manager.start(), this.scheduler.start()]);
    await this.quiet();
  }

  /** Nobody keeps things in order until they are started anew. */
  async stopControllers(): Promise<void> {
    await this.scheduler.stop();
    await this.manager.stop();
    this.informers.stop();
  }

  async start(): Promise<void> {
    await this.store.start();
    await this.api.start();
    for (const name of ['default', 'kube-system', 'kube-node-lease']) await this.namespace(name);
    this.informers.start();
    await Promise.all([this.manager.start(), this.scheduler.start()]);
    await this.quiet();
  }

  async stop(): Promise<void> {
    for (const kubelet of this.kubelets.values()) kubelet.stop();
    await this.stopControllers();
    await this.recorder.stop();
    await this.api.stop();
    await this.store.stop();
  }

  async namespace(name: string): Promise<void> {
    await this.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }

  async node(name: string, options: Partial<KubeletPlayerOptions> = {}): Promise<KubeletPlayer> {
    const kubelet = new KubeletPlayer({ client: this.client, clock: this.clock, name, ...options });
    this.kubelets.set(name, kubelet);
    await kubelet.start();
    await this.quiet();
    return kubelet;
  }

  /** As `kubectl create`: the object goes to the resource of its kind. */
  async create<T extends KubeObject>(resource: Resource<T>, object: T): Promise<Live<T>> {
    const created = await this.client.create(resource, object);
    await this.quiet();
    return created;
  }

  async get<T extends KubeObject>(
    resource: Resource<T>,
    name: string,
    namespace = 'default',
  ): Promise<Live<T>> {
    return this.client.get(resource, resource.namespaced ? { namespace, name } : { name });
  }

  /** Undefined: it isn't there. */
  async find<T extends KubeObject>(
    resource: Resource<T>,
    name: string,
    namespace = 'default',
  ): Promise<Live<T> | undefined> {
    return this.get(resource, name, namespace).catch((error: unknown) => {
      if (ApiError.is(error, 'NotFound')) return undefined;
      throw error;
    });
  }

  async list<T extends KubeObject>(resource: Resource<T>, namespace?: string): Promise<Live<T>[]> {
    return (await this.client.list(resource, namespace ? { namespace } : {})).items;
  }

  async names<T extends KubeObject>(resource: Resource<T>, namespace = 'default'): Promise<string[]> {
    return (await this.list(resource, namespace)).map(({ metadata }) => metadata.name);
  }

  /** Moves time on; everything that happens meanwhile has happened when it resolves. */
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.quiet();
  }

  /** Nothing happens any more unless time passes. */
  async quiet(): Promise<void> {
    for (let revision = -1; revision !== this.store.revision; ) {
      revision = this.store.revision;
      await this.clock.advance(0);
      await this.recorder.flush();
      await settle();
    }
  }

  /** Events about an object (`Kind/name`) as `type reason message`, oldest first, `×n` for a count above one. */
  async eventsOf(about: string, namespace = 'default'): Promise<string[]> {
    const found = (await this.list<Event>(events, namespace)).filter(
      ({ involvedObject }) => `${involvedObject.kind}/${involvedObject.name}` === about,
    );
    found.sort((a, b) => (keyNumber(a) < keyNumber(b) ? -1 : 1));
    return found.map(
      ({ type, reason, message, count = 1 }) =>
        `${type} ${reason} ${message}${count > 1 ? ` ×${count}` : ''}`,
    );
  }

  /** The states that objects of a resource pass through from now on, as `show` says them, without repetitions. */
  record<T extends KubeObject>(resource: Resource<T>, show: (object: Live<T>) => string): string[] {
    const states: string[] = [];
    this.client.listWatch<T>(
      { resource },
      {
        onReplace: () => undefined,
        onEvent: ({ type, object }) => {
          const state = type === 'DELETED' ? `${keyOf(object)} deleted` : show(object);
          if (states.at(-1) !== state) states.push(state);
        },
        onError: () => undefined,
      },
    );
    return states;
  }
}

/** The hexadecimal end of an event's name counts time. */
function keyNumber({ metadata }: Live<Event>): string {
  return metadata.name.slice(metadata.name.lastIndexOf('.') + 1).padStart(20, '0');
}

function asked({ user, verb, group, resource, subresource }: AccessReview): string {
  const what = [resource, subresource].filter(Boolean).join('/');
  return `${user.name} ${verb} ${group ? `${group}/` : ''}${what}`;
}

/** Runs a test on a stage of its own. */
export async function onStage(
  play: (stage: Stage) => Promise<void>,
  options: StageOptions = {},
): Promise<void> {
  const stage = new Stage(options);
  await stage.start();
  try {
    await play(stage);
    expect(stage.refused, 'what was asked for without a role for it').to.deep.equal([]);
  } finally {
    await stage.stop();
  }
}
