// Says in EndpointSlices what somebody has said in Endpoints of their own: of a Service without a selector.

import {
  type EndpointSlice,
  endpointslices,
  endpoints as endpointsRow,
  services,
} from '../../../shared/api/index.ts';
import { addressOf, type Controller, each, mapped, type Outcome } from '../../../shared/client/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { managedByLabel, serviceNameLabel } from './plan-endpoint-slices.ts';
import { mirrorManager, planMirroredSlices } from './plan-mirrored-slices.ts';
import { hasSelector } from './service-pods.ts';

const skipLabel = 'endpointslice.kubernetes.io/skip-mirror';
/** Endpoints that are a lock, and about no service. */
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';
const byEndpoints = 'mirrored';

export function endpointSliceMirroringController({ client, informers }: ControllerContext): Controller {
  const endpointsInformer = informers.of(endpointsRow);
  const serviceInformer = informers.of(services);
  const informer = informers.of(endpointslices);
  informer.addIndex(byEndpoints, mirroredBy);

  return {
    name: 'endpointslicemirroring',
    workers: 5,
    sources: [
      each(endpointsInformer),
      each(serviceInformer),
      mapped(informer, ({ object }) => mirroredBy(object)),
    ],
    reconcile,
  };

  async function reconcile(key: string): Promise<Outcome> {
    const known = informer.byIndex(byEndpoints, key).filter(({ metadata }) => !metadata.deletionTimestamp);
    const source = mirrored(key);
    const plan = source ? planMirroredSlices(source, known) : { create: [], update: [], remove: known };
    for (const slice of plan.create) informer.learn(await client.create(endpointslices, slice));
    for (const slice of plan.update) informer.learn(await client.update(endpointslices, slice));
    for (const slice of plan.remove) {
      const preconditions = { uid: slice.metadata.uid };
      await orNothing(client.delete(endpointslices, addressOf(slice), { preconditions }));
    }
  }

  /** The Endpoints that are to be mirrored, if they are. */
  function mirrored(key: string) {
    const source = endpointsInformer.get(key);
    const service = serviceInformer.get(key);
    if (!source || !service || hasSelector(service)) return undefined;
    const { deletionTimestamp, labels, annotations } = source.metadata;
    const isSkipped = labels?.[skipLabel] === 'true' || annotations?.[leaderAnnotation] !== undefined;
    return deletionTimestamp || isSkipped ? undefined : source;
  }
}

/** The key of the Endpoints, for slices that are ours. */
function mirroredBy({ metadata }: Live<EndpointSlice>): string[] {
  const name = metadata.labels?.[serviceNameLabel];
  return metadata.labels?.[managedByLabel] === mirrorManager && name ? [`${metadata.namespace}/${name}`] : [];
}
