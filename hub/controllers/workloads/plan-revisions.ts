// What a DaemonSet or a StatefulSet once was: which of its ControllerRevisions has a template, what a new one looks like,
// and which are to be forgotten. Pure; k8s.io/kubernetes/pkg/controller/history.

import type {
  ControllerRevision,
  DaemonSet,
  PodTemplateSpec,
  StatefulSet,
} from '../../../shared/api/index.ts';
import {
  compactJson,
  deepEqual,
  type GroupVersionKind,
  isRecord,
  type Live,
  newControllerRef,
  stableHash,
} from '../../../shared/machinery/index.ts';

/** What keeps a history of its templates. */
export type Versioned = DaemonSet | StatefulSet;

/** On a pod: which revision it was made from. */
export const revisionLabel = 'controller-revision-hash';

/** A name stays within 253 characters, with the hash behind it. */
const longestPrefix = 223;

export type RevisionPlan =
  | { do: 'keep'; revision: Live<ControllerRevision> }
  /** An old template has come back: its revision becomes the newest. */
  | { do: 'renumber'; revision: Live<ControllerRevision>; to: number }
  | { do: 'create'; number: number };

/** `revisions`: oldest first. */
export function planRevision(
  revisions: readonly Live<ControllerRevision>[],
  template: PodTemplateSpec | undefined,
): RevisionPlan {
  const newest = revisions.at(-1);
  const next = (newest?.revision ?? 0) + 1;
  const equal = revisions.findLast((revision) => hasTemplate(revision, template));
  if (!equal) return { do: 'create', number: next };
  if (equal.revision === newest?.revision) return { do: 'keep', revision: equal };
  return { do: 'renumber', revision: equal, to: next };
}

export function oldestFirst(revisions: readonly Live<ControllerRevision>[]): Live<ControllerRevision>[] {
  return [...revisions].sort((a, b) => {
    if (a.revision !== b.revision) return a.revision - b.revision;
    const [made, madeB] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
    if (made !== madeB) return made < madeB ? -1 : 1;
    return a.metadata.name < b.metadata.name ? -1 : 1;
  });
}

/** What `kubectl rollout undo` applies as a strategic merge patch. */
function snapshotOf(template: PodTemplateSpec | undefined): { spec: { template: object } } {
  const metadata = { creationTimestamp: null, ...template?.metadata };
  return { spec: { template: { ...template, $patch: 'replace', metadata } } };
}

export function hasTemplate({ data }: ControllerRevision, template: PodTemplateSpec | undefined): boolean {
  return deepEqual(data, snapshotOf(template));
}

export function newRevision(
  owner: Live<Versioned>,
  kind: GroupVersionKind,
  hashLabel: string,
  number: number,
  collisions: number,
): ControllerRevision {
  const { name, namespace, annotations } = owner.metadata;
  const data = snapshotOf(owner.spec?.template);
  const hash = stableHash(data, collisions);
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name.slice(0, longestPrefix)}-${hash}`,
      ...(namespace && { namespace }),
      labels: { ...owner.spec?.template?.metadata?.labels, [hashLabel]: hash },
      ...(annotations && { annotations }),
      ownerReferences: [newControllerRef(owner, kind)],
    },
    // In Go's order: who asks which revision a set is at (kubectl, upstream's conformance) compares bytes.
    data: JSON.parse(compactJson(data)),
    revision: number,
  };
}

export function templateOf({ data }: ControllerRevision): PodTemplateSpec {
  const spec = isRecord(data) && isRecord(data.spec) ? data.spec : {};
  const { $patch: _patch, ...template } = isRecord(spec.template) ? spec.template : {};
  return template;
}

/** The oldest beyond the limit (below 0: none) that no pod is of any more. `counts`: whether one uses up the limit. */
export function revisionsToForget(
  revisions: readonly Live<ControllerRevision>[],
  limit: number,
  isLive: (revision: Live<ControllerRevision>) => boolean,
  counts: (revision: Live<ControllerRevision>) => boolean,
): Live<ControllerRevision>[] {
  if (limit < 0) return [];
  const tooMany = revisions.filter(counts).length - limit;
  return revisions.filter((revision) => counts(revision) && !isLive(revision)).slice(0, Math.max(0, tooMany));
}
