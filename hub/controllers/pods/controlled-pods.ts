// Creates and deletes pods for a controller, says so in events about their owner, and remembers whose deletion was asked
// for while the informer still shows them alive.

import { type Pod, pods, type Resource } from '../../../shared/api/index.ts';
import { messageOf } from '../../../shared/base/index.ts';
import {
  addressOf,
  type Client,
  type Informer,
  mapped,
  type Recorder,
  type Source,
} from '../../../shared/client/index.ts';
import { ApiError, type KubeObject, type Live, type Selector } from '../../../shared/machinery/index.ts';
import { isNamespaceTerminating, orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { claimantsOf, indexByController } from './claim.ts';

/** What is said of a pod that was created or deleted, and of one that could not be. */
export interface PodSayings {
  done(verb: 'create' | 'delete', pod: string, owner: Live): string;
  failed(verb: 'create' | 'delete', pod: string, owner: Live, why: string): string;
}

/** As ReplicaSets and DaemonSets say it. */
const plainSayings: PodSayings = {
  done: (verb, pod) => `${verb === 'create' ? 'Created' : 'Deleted'} pod: ${pod}`,
  failed: (verb, _pod, _owner, why) => `Error ${verb === 'create' ? 'creating' : 'deleting'}: ${why}`,
};

export class ControlledPods {
  private readonly client: Client;
  private readonly informer: Informer<Pod>;
  private readonly recorder: Recorder;
  private readonly sayings: PodSayings;
  private readonly leaving = new Set<string>();

  constructor({ client, informers }: ControllerContext, recorder: Recorder, sayings = plainSayings) {
    this.client = client;
    this.informer = informers.of(pods);
    indexByController(this.informer);
    this.recorder = recorder;
    this.sayings = sayings;
  }

  /** Changed pods wake their owners, and those whose selector they match. */
  sources<T extends KubeObject>(
    owners: Informer<T>,
    row: Resource<T>,
    selectorOf: (owner: Live<T>) => Selector,
  ): Source[] {
    const hears = mapped(this.informer, ({ type, object: { metadata } }) => {
      if (type === 'DELETED' || metadata.deletionTimestamp) this.leaving.delete(metadata.uid);
      return [];
    });
    return [hears, ...claimantsOf(this.informer, owners, row, selectorOf)];
  }

  /** It is being deleted, whether the informer has heard of it or not. */
  isLeaving({ metadata }: Live<Pod>): boolean {
    return metadata.deletionTimestamp !== undefined || this.leaving.has(metadata.uid);
  }

  /** Undefined: the namespace is going away, and the owner with it. */
  async create<T extends KubeObject>(owner: Live<T>, pod: Pod): Promise<Live<Pod> | undefined> {
    try {
      const created = this.informer.learn(await this.client.create(pods, pod));
      const { name } = created.metadata;
      this.recorder.event(owner, 'Normal', 'SuccessfulCreate', this.sayings.done('create', name, owner));
      return created;
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      // A namesake is there that the informer has yet to tell of.
      if (ApiError.is(error, 'AlreadyExists')) throw error;
      const said = this.sayings.failed('create', pod.metadata?.name ?? '', owner, messageOf(error));
      this.recorder.event(owner, 'Warning', 'FailedCreate', said);
      throw error;
    }
  }

  async remove<T extends KubeObject>(owner: Live<T>, pod: Live<Pod>): Promise<void> {
    const { uid, name } = pod.metadata;
    this.leaving.add(uid);
    try {
      await orNothing(this.client.delete(pods, addressOf(pod), { preconditions: { uid } }));
      this.recorder.event(owner, 'Normal', 'SuccessfulDelete', this.sayings.done('delete', name, owner));
    } catch (error) {
      this.leaving.delete(uid);
      const said = this.sayings.failed('delete', name, owner, messageOf(error));
      this.recorder.event(owner, 'Warning', 'FailedDelete', said);
      throw error;
    }
  }
}
