// A pod as a template says, owned by what has the template. Pure.

import type { Pod, PodTemplateSpec } from '../../../shared/api/index.ts';
import {
  type GroupVersionKind,
  type KubeObject,
  type Live,
  newControllerRef,
} from '../../../shared/machinery/index.ts';

export function podFrom<T extends KubeObject>(
  owner: Live<T>,
  kind: GroupVersionKind,
  template: PodTemplateSpec | undefined,
): Pod {
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  const { name, namespace } = owner.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${name}-`,
      ...(namespace && { namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [newControllerRef(owner, kind)],
    },
    ...(template?.spec && { spec: template.spec }),
  };
}
