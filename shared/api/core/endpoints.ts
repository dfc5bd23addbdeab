export type { Endpoints } from 'kubernetes-types/core/v1';

import type { Endpoints } from 'kubernetes-types/core/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<Endpoints> = { schema: 'io.k8s.api.core.v1.Endpoints', columns: [] };
