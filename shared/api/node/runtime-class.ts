// The Kind RuntimeClass: a way of running containers that nodes may offer, by the name of its handler.

export type { RuntimeClass } from 'kubernetes-types/node/v1';

import type { Toleration } from 'kubernetes-types/core/v1';
import type { RuntimeClass } from 'kubernetes-types/node/v1';
import {
  deepEqual,
  dns1123Label,
  type FieldError,
  FieldPath,
  faults,
  goToleration,
  labelValue,
  Quantity,
  qualifiedName,
  validateLabels,
} from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export const strategy: Strategy<RuntimeClass> = {
  schema: 'io.k8s.api.node.v1.RuntimeClass',
  validate: validateRuntimeClass,
  validateUpdate: (next, old) =>
    next.handler === old.handler
      ? []
      : [faults.invalid(new FieldPath('handler'), next.handler, 'field is immutable')],
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
  return [
    ...dns1123Label(handler).map((text) => faults.invalid(new FieldPath('handler'), handler, text)),
    ...Object.entries(overhead?.podFixed ?? {}).flatMap(validateOverhead),
    ...validateLabels(scheduling?.nodeSelector, path.child('nodeSelector')),
    ...validateTolerations(scheduling?.tolerations ?? [], path.child('tolerations')),
  ];
}

function validateOverhead([name, amount]: [string, string]): FieldError[] {
  // The word `limits` is upstream's: it checks the overhead as if it were a container's limits.
  const path = new FieldPath('overhead').child('limits').key(name);
  const found = qualifiedName(name).map((text) => faults.invalid(path, name, text));
  if (Quantity.parse(amount).sign < 0)
    found.push(faults.invalid(path, amount, 'must be greater than or equal to 0'));
  return found;
}

function validateTolerations(tolerations: readonly Toleration[], path: FieldPath): FieldError[] {
  return tolerations.flatMap((toleration, index) => {
    const at = path.index(index);
    const earlier = tolerations.slice(0, index).some((other) => deepEqual(other, toleration));
    return [
      ...validateToleration(toleration, at),
      ...(earlier ? [faults.duplicate(at, goToleration(toleration))] : []),
    ];
  });
}

function validateToleration(toleration: Toleration, path: FieldPath): FieldError[] {
  const { key = '', operator = 'Equal', value = '', effect = '' } = toleration;
  const found: FieldError[] = [];
  if (key) found.push(...qualifiedName(key).map((text) => faults.invalid(path.child('key'), key, text)));
  else if (operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    found.push(faults.invalid(path.child('operator'), operator, detail));
  }
  if (toleration.tolerationSeconds !== undefined && effect !== 'NoExecute')
    found.push(
      faults.invalid(
        path.child('effect'),
        effect,
        "effect must be 'NoExecute' when `tolerationSeconds` is set",
      ),
    );
  if (operator === 'Equal' || operator === '')
    found.push(...labelValue(value).map((text) => faults.invalid(path.child('operator'), value, text)));
  else if (operator !== 'Exists')
    found.push(faults.notSupported(path.child('operator'), operator, ['Equal', 'Exists']));
  else if (value)
    found.push(
      faults.invalid(
        path.child('operator'),
        goToleration(toleration),
        "value must be empty when `operator` is 'Exists'",
      ),
    );
  if (effect && !effects.includes(effect))
    found.push(faults.notSupported(path.child('effect'), effect, effects));
  return found;
}
