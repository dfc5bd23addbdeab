// The admission plugins. Order is the list's order: first whether the place is right, then whose it is, then what a pod lacks.

import { type Clock, systemClock } from '../../../shared/base/index.ts';
import type { SchemaSet } from '../../../shared/machinery/index.ts';
import type { Store } from '../../store/index.ts';
import { ObjectReader } from '../object-reader.ts';
import { type RoleBook, roleEscalation } from '../rbac/index.ts';
import type { ResourceIndex } from '../resource-index.ts';
import type { Endpoints } from '../services/index.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';
import { type CertificateRequestsOptions, certificateRequests } from './certificate-requests.ts';
import { claimResize } from './claim-resize.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { pinnedPods } from './pinned-pods.ts';
import { PodSecurity, type PodSecurityConfiguration, type PodSecurityMetrics } from './pod-security/index.ts';
import { priority } from './priority.ts';
import { resourceQuota } from './resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { storageProtection } from './storage-protection.ts';
import { admissionWebhooks, validatingPolicies } from './webhooks/index.ts';

export type { AdmissionPlugin, AdmissionRequest } from './admission-plugin.ts';
export { PodSecurityMetrics } from './pod-security/index.ts';
export { readAdmissionConfiguration } from './read-admission-configuration.ts';

export interface AdmissionOptions extends CertificateRequestsOptions {
  store: Store;
  /** What is served, also at run time. */
  index: ResourceIndex;
  schemas: SchemaSet;
  /** Where webhooks are. */
  endpoints: Endpoints;
  /** Who holds which role; absent: there are no roles, and writing one gives nothing. */
  roles?: RoleBook;
  /** Absent: only what namespaces say bounds pods. */
  podSecurity?: PodSecurityConfiguration | undefined;
  /** Counts what pod security decides. */
  podSecurityMetrics?: PodSecurityMetrics;
  /** Default: the system's. */
  clock?: Clock;
}

export function createAdmission({
  store,
  index,
  schemas,
  endpoints,
  authorize,
  roles,
  podSecurity,
  podSecurityMetrics,
  clock = systemClock,
}: AdmissionOptions): AdmissionPlugin[] {
  const reader = new ObjectReader({ store });
  const webhooks = admissionWebhooks({ store, reader, index, schemas, endpoints, authorize });
  return [
    namespaceLifecycle({ reader }),
    nodeRestriction({ reader }),
    serviceAccount({ reader }),
    limitRanger({ reader }),
    new PodSecurity({ reader, clock, configuration: podSecurity, metrics: podSecurityMetrics }),
    priority({ reader }),
    defaultTolerationSeconds(),
    runtimeClass({ reader }),
    pinnedPods(),
    defaultStorageClass({ reader }),
    defaultIngressClass({ reader }),
    storageProtection(),
    certificateRequests({ authorize }),
    claimResize({ reader }),
    webhooks.mutating,
    ...(roles ? [roleEscalation({ book: roles, authorize })] : []),
    validatingPolicies({ store, reader, index, authorize }),
    webhooks.validating,
    resourceQuota({ reader, clock }),
  ];
}
