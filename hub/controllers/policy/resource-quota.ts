// Keeps the status of every ResourceQuota: what it allows, and how much of that is used. Admission does not rely on it; people
// and programs that read quotas do.

import { type Resource, type ResourceQuota, resourcequotas } from '../../../shared/api/index.ts';
import { measuredBy, qualifiedName } from '../../../shared/api/quota/index.ts';
import { type Controller, each, type Informer, keyOf, type Outcome } from '../../../shared/client/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { type Counted, planQuotaStatus } from './plan-quota-status.ts';

export function resourceQuotaController(context: ControllerContext): Controller {
  const { client, clock, informers } = context;
  const quotaInformer = informers.of(resourcequotas);
  /** The resources that some quota counts: informer → the way out. */
  const followed = new Map<Informer, () => void>();
  let enqueue: (key: string) => void = () => undefined;

  return {
    name: 'resourcequota',
    workers: 2,
    sources: [each(quotaInformer)],
    start: (add) => {
      enqueue = add;
    },
    stop: () => {
      for (const leave of followed.values()) leave();
    },
    reconcile,
  };

  async function reconcile(key: string): Promise<Outcome> {
    const quota = quotaInformer.get(key);
    if (!quota) return;
    const counted: Counted[] = [];
    for (const resource of resourcesOf(quota)) {
      const informer = await follow(resource);
      counted.push({ resource, objects: informer.byIndex('namespace', quota.metadata.namespace ?? '') });
    }
    const status = planQuotaStatus(quota, counted, clock.now());
    if (!status) return;
    const written = await orNothing(
      client.update(resourcequotas, { ...quota, status }, { subresource: 'status' }),
    );
    if (written) quotaInformer.learn(written);
  }

  /** One row of each, however many versions of it there are. */
  function resourcesOf({ spec }: Live<ResourceQuota>): Iterable<Resource> {
    const wanted = new Set(Object.keys(spec?.hard ?? {}).map(measuredBy));
    const found = new Map<string, Resource>();
    for (const row of context.resources()) {
      const name = qualifiedName(row);
      if (row.namespaced && !row.virtual && wanted.has(name) && !found.has(name)) found.set(name, row);
    }
    return found.values();
  }

  /** From now on a change of such an object has the quotas of its namespace looked at. */
  async function follow(resource: Resource): Promise<Informer> {
    const informer = informers.of(resource);
    if (!followed.has(informer)) {
      const concerned = (namespace = '') => {
        for (const quota of quotaInformer.byIndex('namespace', namespace)) enqueue(keyOf(quota));
      };
      const leave = informer.onChange(({ object }) => concerned(object.metadata.namespace));
      followed.set(informer, leave);
    }
    await informer.synced;
    return informer;
  }
}
