export { configurationFaults, configurationOf, type PodSecurityConfiguration } from './configuration.ts';
export { PodSecurity } from './pod-security.ts';
export { PodSecurityMetrics } from './pod-security-metrics.ts';
