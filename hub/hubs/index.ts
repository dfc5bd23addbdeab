export { hubId } from './hub-id.ts';
export { type HubInfo, HubRegistry, type HubRegistryOptions } from './hub-registry.ts';
export { wheneverHubsChange } from './whenever-hubs-change.ts';
