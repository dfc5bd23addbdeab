// In place of the link while this board belongs to no hub: nothing is wanted by one, and there is nobody to tell.

import type { DesiredState, Reporter } from './node-state.ts';

export const noHub: DesiredState & Reporter = {
  pods: () => [],
  pod: () => undefined,
  configMap: () => undefined,
  secret: () => undefined,
  onChange: () => undefined,
  podStatus: () => undefined,
  podTerminated: () => undefined,
  mirror: () => undefined,
  node: () => undefined,
  event: () => undefined,
};
