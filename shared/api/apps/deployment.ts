export type { Deployment } from 'kubernetes-types/apps/v1';

import type { Deployment } from 'kubernetes-types/apps/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<Deployment> = { schema: 'io.k8s.api.apps.v1.Deployment', columns: [] };
