// Keeps the Endpoints object of every Service with a selector: the addresses of its pods, ready and not yet ready.

import { type Endpoints, endpoints, pods, services } from '../../../shared/api/index.ts';
import { type Controller, keyOf, mapped, type Outcome, parseKey } from '../../../shared/client/index.ts';
import { deepEqual, type Live } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { Pace } from './pace.ts';
import { overCapacity, plannedEndpoints } from './plan-endpoints.ts';
import { hasSelector, podsBehind, serviceSources } from './service-pods.ts';
import { TriggerTimes, timed } from './trigger-times.ts';

/** Endpoints with it are a lock of an old leader election, and nobody's addresses. */
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';

export function endpointsController({ client, clock, informers }: ControllerContext): Controller {
  const podInformer = informers.of(pods);
  const serviceInformer = informers.of(services);
  const informer = informers.of(endpoints);
  const pace = new Pace(clock);
  const triggers = new TriggerTimes();

  return {
    name: 'endpoints',
    workers: 5,
    sources: [
      ...serviceSources(informers, podInformer),
      // Endpoints that somebody makes without a Service are theirs.
      mapped(informer, ({ object }) => (serviceInformer.get(keyOf(object)) ? [keyOf(object)] : [])),
    ],
    // What a Service left behind that was deleted just before the hub stopped.
    start(add) {
      for (const each of informer.list())
        if (!each.metadata.annotations?.[leaderAnnotation]) add(keyOf(each));
    },
    reconcile,
  };

  async function reconcile(key: string): Promise<Outcome> {
    const service = serviceInformer.get(key);
    const known = informer.get(key);
    if (!service) {
      for (const memory of [pace, triggers]) memory.forget(key);
      if (known) await orNothing(client.delete(endpoints, parseKey(key)));
      return;
    }
    if (!hasSelector(service) || service.metadata.deletionTimestamp) return;
    const behind = podsBehind(service, podInformer);
    const wait = pace.untilTurn(key, behind.length);
    if (wait > 0) return { requeueAfter: wait };
    const planned = plannedEndpoints(service, behind);
    const time = triggers.since(key, service, behind);
    if (!known) informer.learn(await client.create(endpoints, timed(planned, time)));
    else if (!isSame(known, planned))
      informer.learn(await client.update(endpoints, timed(updated(known, planned), time)));
  }
}

function isSame(known: Live<Endpoints>, planned: Endpoints): boolean {
  return (
    deepEqual(known.subsets ?? [], planned.subsets ?? []) &&
    deepEqual(known.metadata.labels ?? {}, planned.metadata?.labels ?? {}) &&
    known.metadata.annotations?.[overCapacity] === planned.metadata?.annotations?.[overCapacity]
  );
}

/** Annotations of others stay. */
function updated(known: Live<Endpoints>, { metadata, subsets }: Endpoints): Endpoints {
  const { [overCapacity]: _old, ...kept } = known.metadata.annotations ?? {};
  const { labels: _labels, annotations: _annotations, ...rest } = known.metadata;
  const annotations = { ...kept, ...metadata?.annotations };
  return {
    ...known,
    metadata: {
      ...rest,
      ...(metadata?.labels && { labels: metadata.labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    ...(subsets && { subsets }),
  };
}
