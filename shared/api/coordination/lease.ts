export type { Lease } from 'kubernetes-types/coordination/v1';

import type { Lease } from 'kubernetes-types/coordination/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<Lease> = { schema: 'io.k8s.api.coordination.v1.Lease', columns: [] };
