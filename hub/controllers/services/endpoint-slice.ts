// Keeps the EndpointSlices of every Service with a selector: its pods' addresses, at most a hundred to a slice, each with
// whether it is ready, serving, terminating.

import { type EndpointSlice, endpointslices, pods, services } from '../../../shared/api/index.ts';
import { addressOf, type Controller, mapped, type Outcome } from '../../../shared/client/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { Pace } from './pace.ts';
import { managedByLabel, manager, planSlices, serviceNameLabel } from './plan-endpoint-slices.ts';
import { hasSelector, podsBehind, serviceSources } from './service-pods.ts';
import { TriggerTimes, timed } from './trigger-times.ts';

const byService = 'service';

export function endpointSliceController({ client, clock, informers }: ControllerContext): Controller {
  const podInformer = informers.of(pods);
  const serviceInformer = informers.of(services);
  const informer = informers.of(endpointslices);
  const pace = new Pace(clock);
  const triggers = new TriggerTimes();
  informer.addIndex(byService, servicesOf);

  return {
    name: 'endpointslice',
    workers: 5,
    sources: [
      ...serviceSources(informers, podInformer),
      mapped(informer, ({ object }) => servicesOf(object)),
    ],
    reconcile,
  };

  async function reconcile(key: string): Promise<Outcome> {
    const service = serviceInformer.get(key);
    // Slices of a Service that has gone go by their owner reference.
    if (!service) for (const memory of [pace, triggers]) memory.forget(key);
    if (!service || !hasSelector(service) || service.metadata.deletionTimestamp) return;
    const behind = podsBehind(service, podInformer);
    const wait = pace.untilTurn(key, behind.length);
    if (wait > 0) return { requeueAfter: wait };
    const time = triggers.since(key, service, behind);
    const known = informer.byIndex(byService, key).filter(({ metadata }) => !metadata.deletionTimestamp);
    const plan = planSlices(service, behind, known);
    for (const slice of plan.create) informer.learn(await client.create(endpointslices, timed(slice, time)));
    for (const slice of plan.update) informer.learn(await client.update(endpointslices, timed(slice, time)));
    for (const slice of plan.remove) {
      const preconditions = { uid: slice.metadata.uid };
      await orNothing(client.delete(endpointslices, addressOf(slice), { preconditions }));
    }
  }
}

/** The key of the Service, for slices that are ours. */
function servicesOf({ metadata }: Live<EndpointSlice>): string[] {
  const name = metadata.labels?.[serviceNameLabel];
  const isOurs = metadata.labels?.[managedByLabel] === manager;
  return isOurs && name ? [`${metadata.namespace}/${name}`] : [];
}
