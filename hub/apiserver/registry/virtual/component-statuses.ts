// componentstatuses: the scheduler, the controllers and the store, asked how they are doing.

import type { ComponentStatus } from '../../../../shared/api/index.ts';
import type { HealthCheck } from '../../health.ts';
import type { VirtualObjects } from './listing.ts';

export const componentStatuses: VirtualObjects = {
  objects: ({ components }) => components.map(statusOf),
};

function statusOf({ name, check }: HealthCheck): ComponentStatus {
  const error = check();
  return {
    kind: 'ComponentStatus',
    apiVersion: 'v1',
    metadata: { name },
    conditions: [
      error === undefined
        ? { type: 'Healthy', status: 'True', message: 'ok' }
        : { type: 'Healthy', status: 'False', message: error },
    ],
  };
}
