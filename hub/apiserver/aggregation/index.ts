// Other API servers behind this one.

export { Aggregator } from './aggregator.ts';
export { type AvailabilityOptions, availabilityController } from './availability-controller.ts';
export { type RegistrationOptions, registrationController } from './registration-controller.ts';
export { type DiscoveredVersion, RemoteDiscovery } from './remote-discovery.ts';
export { RemoteServers } from './remote-server.ts';
