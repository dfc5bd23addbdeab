export type { Namespace } from 'kubernetes-types/core/v1';

import type { Namespace } from 'kubernetes-types/core/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<Namespace> = { schema: 'io.k8s.api.core.v1.Namespace', columns: [] };
