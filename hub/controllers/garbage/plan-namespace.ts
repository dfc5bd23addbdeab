// What a namespace that is being deleted says of what is left in it. Pure; the words are upstream's.

import type { Namespace, ResourceNames } from '../../../shared/api/index.ts';
import { findCondition, formatTime, type KubeObject, type Live } from '../../../shared/machinery/index.ts';

export type NamespaceCondition = NonNullable<NonNullable<Namespace['status']>['conditions']>[number];

/** What is left of one resource. */
export interface Remains {
  resource: ResourceNames;
  objects: readonly Live<KubeObject>[];
}

export function namespaceConditions(
  known: readonly NamespaceCondition[],
  remains: readonly Remains[],
  failures: readonly string[],
  silent: readonly string[],
  now: number,
): NamespaceCondition[] {
  const left = remains.filter(({ objects }) => objects.length > 0);
  const next = [
    discoveryFailure(silent),
    [
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ],
    contentFailure(failures),
    contentRemaining(left),
    finalizersRemaining(left),
  ] as const;
  return next.map(([type, holds, reason, message]) => {
    const status = holds ? 'True' : 'False';
    const before = findCondition(known, type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : undefined;
    return { type, status, lastTransitionTime: lastTransitionTime ?? formatTime(now), reason, message };
  });
}

type Said = readonly [type: string, holds: boolean, reason: string, message: string];

/** `silent`: `GROUP/VERSION` whose server does not say what it serves. */
function discoveryFailure(silent: readonly string[]): Said {
  const type = 'NamespaceDeletionDiscoveryFailure';
  if (silent.length === 0)
    return [type, false, 'ResourcesDiscovered', 'All resources successfully discovered'];
  const texts = silent.map((version) => `${version}: stale GroupVersion discovery: ${version}`).sort();
  const why = `unable to retrieve the complete list of server APIs: ${texts.join(', ')}`;
  return [
    type,
    true,
    'DiscoveryFailed',
    `Discovery failed for some groups, ${silent.length} failing: ${why}`,
  ];
}

function contentFailure(failures: readonly string[]): Said {
  const type = 'NamespaceDeletionContentFailure';
  if (failures.length === 0) {
    return [
      type,
      false,
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ];
  }
  const message = `Failed to delete all resource types, ${failures.length} remaining: ${[...failures].sort().join(', ')}`;
  return [type, true, 'ContentDeletionFailed', message];
}

function contentRemaining(left: readonly Remains[]): Said {
  const type = 'NamespaceContentRemaining';
  if (left.length === 0) return [type, false, 'ContentRemoved', 'All content successfully removed'];
  const texts = left.map(
    ({ resource, objects }) =>
      `${resource.resource}.${resource.group} has ${objects.length} resource instances`,
  );
  return [type, true, 'SomeResourcesRemain', `Some resources are remaining: ${texts.sort().join(', ')}`];
}

function finalizersRemaining(left: readonly Remains[]): Said {
  const type = 'NamespaceFinalizersRemaining';
  const counts = new Map<string, number>();
  for (const { objects } of left) {
    for (const finalizer of objects.flatMap(({ metadata }) => metadata.finalizers ?? [])) {
      counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1);
    }
  }
  if (counts.size === 0)
    return [type, false, 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'];
  const texts = [...counts].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
  const message = `Some content in the namespace has finalizers remaining: ${texts.sort().join(', ')}`;
  return [type, true, 'SomeFinalizersRemain', message];
}
