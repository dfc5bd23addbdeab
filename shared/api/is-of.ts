// What an object is, by the resource that it was addressed as.

import type { KubeObject } from '../machinery/index.ts';
import type { Resource, ResourceNames } from './resource.ts';

/** Whether the resource is that of the row: tells the compiler what its objects are. */
export function isOf<T extends KubeObject>(
  row: Resource<T>,
  resource: ResourceNames,
  object: KubeObject | undefined,
): object is T {
  return object !== undefined && row.group === resource.group && row.resource === resource.resource;
}
