// Deletion as upstream's registry decides it (k8s.io/apiserver/pkg/registry/{rest/delete.go,generic/registry/store.go}),
// as pure functions: what becomes of an object that somebody wants gone.

import { isTerminated, namespaces, pods, type Strategy } from '../../../shared/api/index.ts';
import {
  deepEqual,
  formatTime,
  isRecord,
  type KubeObject,
  type Live,
  mutableCopy,
  parseTime,
} from '../../../shared/machinery/index.ts';
import { isLiveOf, metaOf } from '../kind.ts';
import type { DeleteOptions } from './delete-options.ts';

export type DeletionPlan =
  /** Remove it now. */
  | { step: 'remove' }
  /** It has been asked for before, and nothing changes. */
  | { step: 'wait' }
  /** Store it with its deletion noted; `after` says whether it goes right after. */
  | { step: 'mark'; next: KubeObject; after: 'remove' | 'wait' };

const orphan = 'orphan';
const foreground = 'foregroundDeletion';

/** `now` is milliseconds since the epoch. */
export function planDeletion(
  object: Live,
  options: DeleteOptions,
  now: number,
  { beforeDeletion, garbagePolicy }: Pick<Strategy, 'beforeDeletion' | 'garbagePolicy'>,
): DeletionPlan {
  const grace = gracePeriodOf(object, options);
  if (object.metadata.deletionTimestamp && grace !== undefined) return planSooner(object, options, grace);
  const finalizers = garbageFinalizers(object, options, garbagePolicy);
  const next = mutableCopy<KubeObject>(object);
  const meta = metaOf(next);
  if (finalizers.length > 0) meta.finalizers = finalizers;
  else delete meta.finalizers;
  if (!meta.deletionTimestamp) beforeDeletion?.(next, formatTime(now));
  const held = finalizersOf(next).length > 0;
  if (grace === undefined && !held) return { step: 'remove' };
  if (!meta.deletionTimestamp) {
    meta.deletionTimestamp = formatTime(now + (grace ?? 0) * 1000);
    if (meta.generation) meta.generation += 1;
  }
  if (grace !== undefined || !isLiveOf(namespaces, object)) meta.deletionGracePeriodSeconds ??= grace ?? 0;
  if (isLiveOf(namespaces, object)) setTerminating(next);
  if (deepEqual(next, object)) return { step: 'wait' };
  return { step: 'mark', next, after: held || (grace ?? 0) > 0 ? 'wait' : 'remove' };
}

/** A second deletion may only shorten the time that the first one gave. */
function planSooner(object: Live, options: DeleteOptions, grace: number): DeletionPlan {
  const { deletionGracePeriodSeconds: given, deletionTimestamp } = object.metadata;
  if (given === undefined) return finalizersOf(object).length > 0 ? { step: 'wait' } : { step: 'remove' };
  if (options.gracePeriodSeconds === undefined || grace >= given) return { step: 'wait' };
  const next = mutableCopy<KubeObject>(object);
  const meta = metaOf(next);
  const until = parseTime(deletionTimestamp ?? '') ?? 0;
  meta.deletionTimestamp = formatTime(until - (given - grace) * 1000);
  meta.deletionGracePeriodSeconds = grace;
  return { step: 'mark', next, after: finalizersOf(next).length > 0 || grace > 0 ? 'wait' : 'remove' };
}

/** Seconds that the object gets to end by itself; undefined: its Kind knows no such thing. As podStrategy.CheckGracefulDelete. */
export function gracePeriodOf(object: Live, { gracePeriodSeconds }: DeleteOptions): number | undefined {
  if (!isLiveOf(pods, object)) return undefined;
  if (!object.spec?.nodeName || isTerminated(object)) return 0;
  const seconds = gracePeriodSeconds ?? object.spec.terminationGracePeriodSeconds ?? 0;
  return seconds < 0 ? 1 : seconds;
}

/** What holds the object back: its finalizers, and those of a namespace's spec. */
export function finalizersOf(object: KubeObject & { spec?: unknown }): string[] {
  const ofMeta = object.metadata?.finalizers ?? [];
  if (object.kind !== namespaces.kind || object.apiVersion !== namespaces.version) return ofMeta;
  const ofSpec = isRecord(object.spec) && Array.isArray(object.spec.finalizers) ? object.spec.finalizers : [];
  return [...ofMeta, ...ofSpec.filter((name): name is string => typeof name === 'string')];
}

/** The finalizers with `orphan` or `foregroundDeletion` as the options want them, else as they are, else as its Kind has it. */
function garbageFinalizers(
  object: Live,
  { propagationPolicy }: DeleteOptions,
  garbagePolicy: Strategy['garbagePolicy'],
): string[] {
  const now = object.metadata.finalizers ?? [];
  const others = now.filter((name) => name !== orphan && name !== foreground);
  if (garbagePolicy === 'Unsupported') return others;
  if (!propagationPolicy && others.length < now.length) return now;
  const policy = propagationPolicy ?? garbagePolicy;
  if (policy === 'Orphan') return [...others, orphan];
  return policy === 'Foreground' ? [...others, foreground] : others;
}

function setTerminating(namespace: KubeObject & { status?: unknown }): void {
  const status = isRecord(namespace.status) ? namespace.status : {};
  namespace.status = { ...status, phase: 'Terminating' };
}
