export type { ConfigMap } from 'kubernetes-types/core/v1';

import type { ConfigMap } from 'kubernetes-types/core/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<ConfigMap> = { schema: 'io.k8s.api.core.v1.ConfigMap', columns: [] };
