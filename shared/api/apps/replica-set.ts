export type { ReplicaSet } from 'kubernetes-types/apps/v1';

import type { ReplicaSet } from 'kubernetes-types/apps/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<ReplicaSet> = { schema: 'io.k8s.api.apps.v1.ReplicaSet', columns: [] };
