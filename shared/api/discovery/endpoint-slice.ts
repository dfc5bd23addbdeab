export type { EndpointSlice } from 'kubernetes-types/discovery/v1';

import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<EndpointSlice> = {
  schema: 'io.k8s.api.discovery.v1.EndpointSlice',
  columns: [],
};
