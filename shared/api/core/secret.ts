export type { Secret } from 'kubernetes-types/core/v1';

import type { Secret } from 'kubernetes-types/core/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<Secret> = { schema: 'io.k8s.api.core.v1.Secret', columns: [] };
