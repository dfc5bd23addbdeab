export type { ServiceAccount } from 'kubernetes-types/core/v1';

import type { ServiceAccount } from 'kubernetes-types/core/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<ServiceAccount> = {
  schema: 'io.k8s.api.core.v1.ServiceAccount',
  columns: [],
};
