// The Kind ConfigMap: texts and bytes by name, for pods to read.

export type { ConfigMap } from 'kubernetes-types/core/v1';

import type { ConfigMap } from 'kubernetes-types/core/v1';
import { configMapKey, deepEqual, type FieldError, FieldPath, faults } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';

/** All values together, bytes: also the limit of a Secret. */
export const mostData = 1024 * 1024;

export const strategy: Strategy<ConfigMap> = {
  schema: 'io.k8s.api.core.v1.ConfigMap',
  validate: validateConfigMap,
  changeFirst: true,
  validateUpdate: (next, old) => (old.immutable ? immutableFaults(next, old, ['data', 'binaryData']) : []),
  columns: [
    nameColumn(),
    textColumn(
      'Data',
      "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, this is enforced during validation process.",
      ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    ),
    ageColumn(),
  ],
};

function validateConfigMap({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const found: FieldError[] = [];
  let size = 0;
  const [texts, bytes] = [new FieldPath('data'), new FieldPath('binaryData')];
  for (const [key, value] of Object.entries(data)) {
    found.push(...keyFaults(key, texts));
    if (Object.hasOwn(binaryData, key))
      found.push(faults.invalid(texts.key(key), key, 'duplicate of key present in binaryData'));
    size += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    found.push(...keyFaults(key, bytes));
    size += bytesOf(value);
  }
  // The path is upstream's way to say 'all of it'.
  if (size > mostData) found.push(faults.tooLong(new FieldPath('[]'), mostData));
  return found;
}

/** What is wrong with a key of a ConfigMap or Secret. */
export function keyFaults(key: string, path: FieldPath): FieldError[] {
  return configMapKey(key).map((text) => faults.invalid(path.key(key), key, text));
}

/** How many bytes a base64 text stands for. */
export function bytesOf(base64: string): number {
  return Buffer.byteLength(base64, 'base64');
}

/** What an immutable ConfigMap or Secret may not change: that it is, and these fields. */
export function immutableFaults<T extends { immutable?: boolean }>(
  next: T,
  old: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  const changed = fields.filter((field) => !deepEqual(next[field] ?? {}, old[field] ?? {}));
  return [...(next.immutable ? [] : ['immutable']), ...changed].map((field) =>
    faults.forbidden(new FieldPath(field), 'field is immutable when `immutable` is set'),
  );
}
