export { DesiredStateBridge, type DesiredStateBridgeOptions } from './desired-state.ts';
export { HubAddresses, type HubAddressesOptions } from './hub-addresses.ts';
export { HubLinks, type HubLinksOptions } from './hub-links.ts';
export { LeaseBridge, type LeaseBridgeOptions, leaseNamespace } from './leases.ts';
export { Mirror, type MirrorOptions } from './mirror.ts';
export type { ObjectTexts } from './object-texts.ts';
export { PresenceBridge, type PresenceBridgeOptions } from './presence.ts';
export { ReportRequests, type ReportRequestsOptions } from './report-requests.ts';
export { NodeStreamBridge, type NodeStreamBridgeOptions, type NodesElsewhere } from './streams.ts';
