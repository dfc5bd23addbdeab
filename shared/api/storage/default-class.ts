// Which StorageClass claims get that name none.

import type { StorageClass } from 'kubernetes-types/storage/v1';
import { newestClass } from '../default-class.ts';

export const defaultClassAnnotation = 'storageclass.kubernetes.io/is-default-class';
const annotations = [defaultClassAnnotation, 'storageclass.beta.kubernetes.io/is-default-class'];

export function isDefaultClass({ metadata }: Pick<StorageClass, 'metadata'>): boolean {
  return annotations.some((key) => metadata?.annotations?.[key] === 'true');
}

export function defaultClassOf<C extends StorageClass>(classes: readonly C[]): C | undefined {
  return newestClass(classes.filter(isDefaultClass));
}
