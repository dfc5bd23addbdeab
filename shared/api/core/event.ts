export type { Event } from 'kubernetes-types/core/v1';

import type { Event } from 'kubernetes-types/core/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<Event> = { schema: 'io.k8s.api.core.v1.Event', columns: [] };
