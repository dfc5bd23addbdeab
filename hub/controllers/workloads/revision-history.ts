// Keeps the ControllerRevisions of a DaemonSet or a StatefulSet: one for each template that it had lately.

import { type ControllerRevision, controllerrevisions, type Resource } from '../../../shared/api/index.ts';
import { addressOf, type Client, type Informer } from '../../../shared/client/index.ts';
import { ApiError, type Live, selectorFrom } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { claim, indexByController } from '../pods/claim.ts';
import { hasTemplate, newRevision, oldestFirst, planRevision, type Versioned } from './plan-revisions.ts';

/** Names in a row that may be taken by other templates with the same hash. */
const mostCollisions = 16;

export interface CurrentRevision {
  revision: Live<ControllerRevision>;
  /** For the owner's status. */
  collisionCount: number;
  /** All of them, this one as well; oldest first. */
  all: Live<ControllerRevision>[];
}

export class RevisionHistory<T extends Versioned> {
  readonly informer: Informer<ControllerRevision>;
  private readonly client: Client;
  private readonly row: Resource<T>;
  private readonly hashLabel: string;

  /** `hashLabel`: what a revision has its hash under. */
  constructor({ client, informers }: ControllerContext, row: Resource<T>, hashLabel: string) {
    this.client = client;
    this.informer = informers.of(controllerrevisions);
    this.row = row;
    this.hashLabel = hashLabel;
    indexByController(this.informer);
  }

  /** The revision of the owner's template: found, or found and made the newest, or created. */
  async of(owner: Live<T>): Promise<CurrentRevision> {
    const known = oldestFirst(
      await claim<T, ControllerRevision>({
        client: this.client,
        owner,
        ownerResource: this.row,
        resource: controllerrevisions,
        informer: this.informer,
        selector: selectorFrom(owner.spec?.selector),
      }),
    );
    const plan = planRevision(known, owner.spec?.template);
    const collisionCount = owner.status?.collisionCount ?? 0;
    if (plan.do === 'keep') return { revision: plan.revision, collisionCount, all: known };
    const current =
      plan.do === 'renumber'
        ? { revision: await this.renumber(plan.revision, plan.to), collisionCount }
        : await this.create(owner, plan.number, collisionCount);
    const { uid } = current.revision.metadata;
    const others = known.filter(({ metadata }) => metadata.uid !== uid);
    return { ...current, all: oldestFirst([...others, current.revision]) };
  }

  async forget(revisions: readonly Live<ControllerRevision>[]): Promise<void> {
    for (const revision of revisions) {
      const preconditions = { uid: revision.metadata.uid };
      await orNothing(this.client.delete(controllerrevisions, addressOf(revision), { preconditions }));
    }
  }

  private async renumber(revision: Live<ControllerRevision>, to: number): Promise<Live<ControllerRevision>> {
    return this.informer.learn(await this.client.update(controllerrevisions, { ...revision, revision: to }));
  }

  private async create(
    owner: Live<T>,
    number: number,
    collisionCount: number,
  ): Promise<{ revision: Live<ControllerRevision>; collisionCount: number }> {
    for (let collisions = collisionCount; ; collisions += 1) {
      const fresh = newRevision(owner, this.row, this.hashLabel, number, collisions);
      try {
        const created = await this.client.create(controllerrevisions, fresh);
        return { revision: this.informer.learn(created), collisionCount: collisions };
      } catch (error) {
        if (!ApiError.is(error, 'AlreadyExists') || collisions - collisionCount >= mostCollisions)
          throw error;
        // Ours of an earlier try, or another template with the same hash: then the next hash is tried.
        const taken = await orNothing(this.client.get(controllerrevisions, addressOf(fresh)));
        if (taken && hasTemplate(taken, owner.spec?.template))
          return { revision: this.informer.learn(taken), collisionCount: collisions };
      }
    }
  }
}
