// The rules of Services: for the Kind, and for who allocates their addresses.

export { familyOf, type IpFamily } from '../../ip-address.ts';
export { validateClusterIps } from './cluster-ips.ts';
export { defaultService, needsClusterIp, needsHealthCheckPort, needsNodePort } from './defaults.ts';
export { validateServiceStatus } from './status.ts';
export { adoptAllocated, dropTypeDependentFields, syncClusterIps } from './update.ts';
export { validateService, validateServiceUpdate } from './validation.ts';
export { serviceWarnings } from './warnings.ts';
