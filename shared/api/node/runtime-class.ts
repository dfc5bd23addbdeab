export type { RuntimeClass } from 'kubernetes-types/node/v1';

import type { RuntimeClass } from 'kubernetes-types/node/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<RuntimeClass> = { schema: 'io.k8s.api.node.v1.RuntimeClass', columns: [] };
