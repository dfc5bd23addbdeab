// A container of a pod, with its path: what rules over all containers are given.

import type { Container } from 'kubernetes-types/core/v1';
import type { FieldPath } from '../../machinery/index.ts';

export interface PlacedContainer {
  container: Container;
  path: FieldPath;
}
