// The Kind RuntimeClass: a way of running containers that nodes may offer, by the name of its handler.

export type { RuntimeClass } from 'kubernetes-types/node/v1';

import type { Toleration } from 'kubernetes-types/core/v1';
import type { RuntimeClass } from 'kubernetes-types/node/v1';
import {
  dns1123Label,
  type FieldError,
  FieldPath,
  faults,
  goToleration,
  validateLabels,
} from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { nodeLabelWarning } from '../core/pod-label-warnings.ts';
import { validateResources } from '../core/pod-validation/resources.ts';
import { validateTolerations } from '../core/pod-validation/tolerations.ts';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<RuntimeClass> = {
  schema: 'io.k8s.api.node.v1.RuntimeClass',
  createOnUpdate: true,
  needsRevision: true,
  validate: validateRuntimeClass,
  validateUpdate: (next, old) =>
    next.handler === old.handler
      ? []
      : [faults.invalid(new FieldPath('handler'), next.handler, 'field is immutable')],
  warnings: ({ scheduling }) =>
    Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) => {
      const message = nodeLabelWarning(key);
      return message ? [`scheduling.nodeSelector: ${message}`] : [];
    }),
  columns: [
    nameColumn(),
    textColumn(
      'Handler',
      'handler specifies the underlying runtime and configuration that the CRI implementation will use to handle pods of this class. The possible values are specific to the node & CRI configuration.  It is assumed that all handlers are available on every node, and handlers of the same name are equivalent on every node. For example, a handler called "runc" might specify that the runc OCI runtime (using native Linux containers) will be used to run the containers in a pod. The Handler must be lowercase, conform to the DNS Label (RFC 1123) requirements, and is immutable.',
      (runtimeClass) => runtimeClass.handler,
    ),
    ageColumn(),
  ],
};

function validateRuntimeClass({ handler = '', overhead, scheduling }: RuntimeClass): FieldError[] {
  const path = new FieldPath('scheduling');
  const { nodeSelector, tolerations = [] } = scheduling ?? {};
  return [
    ...dns1123Label(handler).map((text) => faults.invalid(new FieldPath('handler'), handler, text)),
    // As if the overhead were a container's limits, so upstream.
    ...validateResources({ limits: overhead?.podFixed ?? {} }, new Set(), new FieldPath('overhead')),
    ...validateLabels(nodeSelector, path.child('nodeSelector')),
    ...validateTolerations(tolerations, path.child('tolerations')),
    ...validateDifferent(tolerations, path.child('tolerations')),
  ];
}

/** For how long something is tolerated makes no difference. */
function validateDifferent(tolerations: readonly Toleration[], path: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return tolerations.flatMap((toleration, position) => {
    const { key = '', operator = '', value = '', effect = '' } = toleration;
    const identity = JSON.stringify([key, operator, value, effect]);
    if (seen.has(identity)) return [faults.duplicate(path.index(position), goToleration(toleration))];
    seen.add(identity);
    return [];
  });
}
