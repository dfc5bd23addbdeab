// The Kind APIService: which server answers for an API group and version. All of ours are answered here: nothing is
// stored, and no other server can be added.

import { isConditionTrue, type KubeObject } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';

/** kubernetes-types does not have this group. */
export interface APIService extends KubeObject {
  spec?: {
    /** Absent: answered by the API server itself. */
    service?: { namespace?: string; name?: string; port?: number };
    group?: string;
    version?: string;
    groupPriorityMinimum: number;
    versionPriority: number;
  };
  status?: {
    conditions?: {
      type: string;
      status: string;
      lastTransitionTime?: string;
      reason?: string;
      message?: string;
    }[];
  };
}

export const strategy: Strategy<APIService> = {
  schema: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  columns: [
    nameColumn(),
    textColumn('Service', 'The reference to the service that hosts this API endpoint.', ({ spec }) =>
      spec?.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local',
    ),
    textColumn('Available', 'Whether this service is available.', ({ status }) => {
      if (isConditionTrue(status?.conditions, 'Available')) return 'True';
      const reason = status?.conditions?.find(({ type }) => type === 'Available')?.reason;
      return reason ? `False (${reason})` : 'False';
    }),
    ageColumn(),
  ],
};
