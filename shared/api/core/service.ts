export type { Service } from 'kubernetes-types/core/v1';

import type { Service } from 'kubernetes-types/core/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<Service> = { schema: 'io.k8s.api.core.v1.Service', columns: [] };
