export { DesiredStateBridge, type DesiredStateBridgeOptions } from './desired-state.ts';
export { LeaseBridge, type LeaseBridgeOptions, leaseNamespace } from './leases.ts';
export { Mirror, type MirrorOptions } from './mirror.ts';
export type { ObjectTexts } from './object-texts.ts';
export { connectedType, PresenceBridge, type PresenceBridgeOptions } from './presence.ts';
export { ReportRequests, type ReportRequestsOptions } from './report-requests.ts';
export { NodeStreamBridge, type NodeStreamBridgeOptions } from './streams.ts';
