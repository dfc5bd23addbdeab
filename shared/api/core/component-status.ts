// The Kind ComponentStatus: how the parts of the control plane are doing. Nothing is stored: they are asked.

export type { ComponentStatus } from 'kubernetes-types/core/v1';

import type { ComponentStatus } from 'kubernetes-types/core/v1';
import { nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<ComponentStatus> = {
  schema: 'io.k8s.api.core.v1.ComponentStatus',
  columns: [
    nameColumn(),
    textColumn('Status', 'Status of the component conditions', (component) =>
      healthOf(component)?.status === 'True' ? 'Healthy' : 'Unhealthy',
    ),
    textColumn(
      'Message',
      'Message of the component conditions',
      (component) => healthOf(component)?.message ?? '',
    ),
    textColumn('Error', 'Error of the component conditions', (component) => healthOf(component)?.error ?? ''),
  ],
};

function healthOf({ conditions }: ComponentStatus) {
  return conditions?.find(({ type }) => type === 'Healthy');
}
