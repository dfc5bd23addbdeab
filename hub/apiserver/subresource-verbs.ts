// What can be done with each subresource, and what Kind it speaks: discovery, routing and OpenAPI read it here.

import type { Resource, Subresource, Verb } from '../../shared/api/index.ts';

export interface SubresourceFacts {
  /** As discovery lists them. */
  readonly verbs: readonly Verb[];
  /** Absent: the same Kind as the resource itself. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
}

const readAndWrite: readonly Verb[] = ['get', 'patch', 'update'];
const core = (kind: string) => ({ group: '', version: 'v1', kind });

export const subresourceFacts: Readonly<Record<Subresource, SubresourceFacts>> = {
  status: { verbs: readAndWrite },
  scale: { verbs: readAndWrite, kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } },
  binding: { verbs: ['create'], kind: core('Binding') },
  eviction: { verbs: ['create'], kind: { group: 'policy', version: 'v1', kind: 'Eviction' } },
  log: { verbs: ['get'] },
  exec: { verbs: ['create', 'get'], kind: core('PodExecOptions') },
  attach: { verbs: ['create', 'get'], kind: core('PodAttachOptions') },
  portforward: { verbs: ['create', 'get'], kind: core('PodPortForwardOptions') },
  proxy: { verbs: ['create', 'delete', 'get', 'patch', 'update'], kind: core('PodProxyOptions') },
  ephemeralcontainers: { verbs: readAndWrite },
  resize: { verbs: readAndWrite },
  finalize: { verbs: ['update'] },
  approval: { verbs: readAndWrite },
  token: {
    verbs: ['create'],
    kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
  },
};

/** As discovery lists them: by name, but those of a custom resource as upstream's controller adds them. */
export function subresourcesInOrder({
  subresources,
  custom,
}: Pick<Resource, 'subresources' | 'custom'>): readonly Subresource[] {
  return custom ? subresources : [...subresources].sort();
}

export function isSubresource(name: string): name is Subresource {
  return Object.hasOwn(subresourceFacts, name);
}

export function verbsOf(subresource: Subresource): readonly Verb[] {
  return subresourceFacts[subresource].verbs;
}
