// Which StorageClass claims get that name none.

import type { StorageClass } from 'kubernetes-types/storage/v1';

export const defaultClassAnnotation = 'storageclass.kubernetes.io/is-default-class';
const annotations = [defaultClassAnnotation, 'storageclass.beta.kubernetes.io/is-default-class'];

export function isDefaultClass({ metadata }: Pick<StorageClass, 'metadata'>): boolean {
  return annotations.some((key) => metadata?.annotations?.[key] === 'true');
}

/** Of several the newest, of equals the first by name, as upstream chooses. */
export function defaultClassOf<C extends StorageClass>(classes: readonly C[]): C | undefined {
  const age = ({ metadata }: C) => String(metadata?.creationTimestamp ?? '');
  return classes
    .filter(isDefaultClass)
    .sort((a, b) =>
      age(a) === age(b)
        ? (a.metadata?.name ?? '') < (b.metadata?.name ?? '')
          ? -1
          : 1
        : age(a) > age(b)
          ? -1
          : 1,
    )[0];
}
