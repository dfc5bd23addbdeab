// How many pods their owners want: the sum over the controllers of some pods, each counted once.

import { deployments, type Pod, type Resource, replicasets } from '../../../shared/api/index.ts';
import type { Client } from '../../../shared/client/index.ts';
import {
  apiVersionOf,
  controllerOf,
  type Live,
  type OwnerReference,
} from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import { readScale } from '../autoscaling/scale-target.ts';

export interface ExpectedScaleOptions {
  client: Client;
  resources: () => readonly Resource[];
}

export interface ExpectedScale {
  pods: number;
  /** Names of those that nobody controls: they are not counted. */
  unmanaged: string[];
}

/** Throws an Error for a pod whose controller isn't there, or is of a Kind that has no scale. */
export async function expectedScale(
  options: ExpectedScaleOptions,
  pods: readonly Live<Pod>[],
): Promise<ExpectedScale> {
  const unmanaged: string[] = [];
  /** uid → replicas; of a ReplicaSet's uid those of its Deployment, which then stands under its own uid only. */
  const scales = new Map<string, number>();
  const known = new Set<string>();
  for (const pod of pods) {
    const { name, namespace = '' } = pod.metadata;
    const reference = controllerOf(pod);
    if (!reference) unmanaged.push(name);
    if (!reference || known.has(reference.uid)) continue;
    known.add(reference.uid);
    const found = await scaleOf(options, reference, namespace);
    if (!found) throw new Error(`found no controllers for pod ${JSON.stringify(name)}`);
    scales.set(found.uid, found.replicas);
  }
  return { pods: [...scales.values()].reduce((sum, replicas) => sum + replicas, 0), unmanaged };
}

interface OwnScale {
  uid: string;
  replicas: number;
}

/** Undefined: there is no such object (any more). */
async function scaleOf(
  options: ExpectedScaleOptions,
  reference: OwnerReference,
  namespace: string,
): Promise<OwnScale | undefined> {
  const { apiVersion, kind, name, uid } = reference;
  const row = options.resources().find((each) => apiVersionOf(each) === apiVersion && each.kind === kind);
  if (!row) return undefined;
  if (!row.subresources.includes('scale')) {
    const noun = row.group ? `${row.resource}.${row.group}` : row.resource;
    throw new Error(`${noun} does not implement the scale subresource`);
  }
  const key = { namespace, name };
  if (isOf(row, replicasets)) {
    // A ReplicaSet's own number changes all the time while a Deployment is rolled out.
    const replicaSet = await orNothing(options.client.get(replicasets, key));
    const above = replicaSet && controllerOf(replicaSet);
    if (above?.kind === deployments.kind && above.apiVersion === apiVersionOf(deployments))
      return replicaSet?.metadata.uid === uid ? scaleOf(options, above, namespace) : undefined;
  }
  const scale = await orNothing(readScale(options.client, row, key));
  if (scale?.metadata?.uid !== uid) return undefined;
  return { uid, replicas: scale.spec?.replicas ?? 0 };
}

function isOf(row: Resource, other: { group: string; resource: string }): boolean {
  return row.group === other.group && row.resource === other.resource;
}
