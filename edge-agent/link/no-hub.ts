// In place of the link while this board belongs to no hub: nothing is wanted by one, and there is nobody to tell.

import { ApiError } from '../../shared/machinery/index.ts';
import type { NodeRange } from './node-range.ts';
import type { DesiredState, Reporter, TokenRequests } from './node-state.ts';

export const noHub: DesiredState & Reporter & TokenRequests & { range: Pick<NodeRange, 'known' | 'wait'> } = {
  pods: () => [],
  pod: () => undefined,
  configMap: () => undefined,
  secret: () => undefined,
  claim: () => undefined,
  volume: () => undefined,
  volumes: () => [],
  services: () => [],
  onChange: () => undefined,
  podStatus: () => undefined,
  podTerminated: () => undefined,
  mirror: () => undefined,
  volumeRemoved: () => undefined,
  node: () => undefined,
  event: () => undefined,
  token: async () => {
    throw new ApiError('ServiceUnavailable', 'this board belongs to no hub');
  },
  range: { known: undefined, wait: async () => undefined },
};
