export { type AdmissionPlugin, type AdmissionRequest, createAdmission } from './admission/index.ts';
export { ApiServer, type ApiServerOptions } from './api-server.ts';
export {
  AuditLog,
  Auditor,
  type LineFile,
  RotatingFile,
  readAuditPolicy,
} from './audit/index.ts';
export { EventExpiry } from './event-expiry.ts';
export { Feed, type FeedHandlers, type FeedScope, type ObjectEvent } from './feed.ts';
export type { HealthCheck } from './health.ts';
export { storeKey } from './kind.ts';
export { type MetricFamily, metricsHandler, single } from './metrics/index.ts';
export { NodeReach, type ReachChange } from './node-reach.ts';
export type * from './node-streams.ts';
export { type NonResourceHandler, versionInfo } from './non-resource.ts';
export type { Authorize } from './pipeline.ts';
export { RoleBook, rbacAuthorizer } from './rbac/index.ts';
export type { AddressAllocator } from './registry/index.ts';
export type * from './request.ts';
export { ResourceIndex } from './resource-index.ts';
export { type OtherPath, parseRestPath, type ResourcePath } from './rest-path.ts';
export { JsonTexts } from './serialise.ts';
export {
  issuerDiscovery,
  ServiceAccountTokens,
  secretClaims,
  serviceAccountAuthenticator,
} from './service-accounts/index.ts';
