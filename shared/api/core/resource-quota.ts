// The Kind ResourceQuota: how much a namespace may hold altogether.

export type { ResourceQuota } from 'kubernetes-types/core/v1';

import type { ResourceQuota } from 'kubernetes-types/core/v1';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';
import {
  validateQuota,
  validateQuotaStatusUpdate,
  validateQuotaUpdate,
} from './resource-quota-validation.ts';

export const strategy: Strategy<ResourceQuota> = {
  schema: 'io.k8s.api.core.v1.ResourceQuota',
  default(quota) {
    quota.spec ??= {};
  },
  prepareForCreate(quota) {
    quota.status = {};
  },
  validate: validateQuota,
  validateUpdate: validateQuotaUpdate,
  validateStatusUpdate: validateQuotaStatusUpdate,
  columns: [
    nameColumn(),
    ageColumn(),
    textColumn(
      'Request',
      'Request represents a minimum amount of cpu/memory that a container may consume.',
      (quota) => usage(quota, (name) => !isLimit(name)),
    ),
    textColumn(
      'Limit',
      'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
      (quota) => usage(quota, isLimit),
    ),
  ],
};

const isLimit = (name: string) => name.startsWith('limits.');

/** `pods: 1/10, requests.cpu: 1/2` */
function usage({ status }: ResourceQuota, shown: (name: string) => boolean): string {
  const { hard = {}, used = {} } = status ?? {};
  const names = Object.keys(hard).sort().filter(shown);
  return names.map((name) => `${name}: ${used[name] ?? '0'}/${hard[name]}`).join(', ');
}
