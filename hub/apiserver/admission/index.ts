// The admission plugins. Order is the list's order: first whether the place is right, then whose it is, then what a pod lacks.

import type { Store } from '../../store/index.ts';
import { ObjectReader } from '../object-reader.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';
import { certificateRequester } from './certificate-requester.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { pinnedPods } from './pinned-pods.ts';
import { priority } from './priority.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';

export type { AdmissionPlugin, AdmissionRequest } from './admission-plugin.ts';

export function createAdmission({ store }: { store: Store }): AdmissionPlugin[] {
  const reader = new ObjectReader({ store });
  return [
    namespaceLifecycle({ reader }),
    nodeRestriction({ reader }),
    serviceAccount({ reader }),
    runtimeClass({ reader }),
    priority(),
    defaultTolerationSeconds(),
    pinnedPods(),
    certificateRequester(),
  ];
}
