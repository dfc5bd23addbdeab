// A pod that is gone, of which containers are left.

import type { Pod } from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type { RuntimeContainer } from '../runtime/index.ts';

/** What is still known of a pod that is gone: enough to end it. */
export function orphanOf({ podUid, podName, podNamespace }: RuntimeContainer): Live<Pod> {
  return {
    metadata: {
      uid: podUid,
      name: podName,
      namespace: podNamespace,
      resourceVersion: '0',
      creationTimestamp: '1970-01-01T00:00:00Z',
    },
    spec: { containers: [] },
  };
}
