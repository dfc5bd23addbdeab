// namespaces/finalize: only this changes spec.finalizers, and with the last of them a terminating namespace is gone. The
// status stays as it is.

import {
  FieldPath,
  isRecord,
  type KubeObject,
  mutableCopy,
  validateFinalizerName,
} from '../../../../shared/machinery/index.ts';
import type { Kind } from '../../kind.ts';
import type { ApiRequest } from '../../request.ts';
import type { Written } from '../create.ts';
import type { RegistryParts } from '../registry-parts.ts';
import { update } from '../update.ts';
import type { View } from '../view.ts';

export function finalize(parts: RegistryParts, kind: Kind, request: ApiRequest): Promise<Written> {
  return update(parts, kind, request, finalizeView);
}

interface HasSpec extends KubeObject {
  spec?: unknown;
}

const finalizeView: View = {
  compose: (sent: HasSpec, old) => {
    const next: HasSpec = mutableCopy<KubeObject>(old);
    if (sent.metadata) next.metadata = sent.metadata;
    const finalizers = isRecord(sent.spec) ? sent.spec.finalizers : undefined;
    const { finalizers: _, ...spec } = isRecord(next.spec) ? next.spec : {};
    next.spec = { ...spec, ...(finalizers !== undefined && { finalizers }) };
    return next;
  },
  prepare: () => undefined,
  validate: (_, { spec }: HasSpec) => {
    const finalizers = isRecord(spec) && Array.isArray(spec.finalizers) ? spec.finalizers.map(String) : [];
    const path = new FieldPath('spec').child('finalizers');
    return finalizers.flatMap((name, position) => validateFinalizerName(name, path.index(position)));
  },
  countsGeneration: false,
};
