// What is wrong with the status of a Service: where its load balancer is (upstream: ValidateLoadBalancerStatus).

import { isIP } from 'node:net';
import type { LoadBalancerIngress, Service } from 'kubernetes-types/core/v1';
import { dns1123Subdomain, type FieldError, FieldPath, faults } from '../../../machinery/index.ts';
import { validateIp } from '../../ip-address.ts';

const modes = ['Proxy', 'VIP'];
const path = new FieldPath('status').child('loadBalancer', 'ingress');

export function validateServiceStatus({ spec, status }: Service): FieldError[] {
  const ingress = status?.loadBalancer?.ingress ?? [];
  if (ingress.length > 0 && spec?.type !== 'LoadBalancer')
    return [faults.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  return ingress.flatMap((each, index) => validateIngress(each, path.index(index)));
}

function validateIngress({ ip, ipMode, hostname }: LoadBalancerIngress, at: FieldPath): FieldError[] {
  const found = ip ? validateIp(ip, at.child('ip')) : [];
  const mode = at.child('ipMode');
  if (ipMode === undefined) {
    if (ip) found.push(faults.required(mode, 'must be specified when `ip` is set'));
  } else if (!ip) found.push(faults.forbidden(mode, 'may not be specified when `ip` is not set'));
  else if (!modes.includes(ipMode)) found.push(faults.notSupported(mode, ipMode, modes));
  if (!hostname) return found;
  const name = at.child('hostname');
  found.push(...dns1123Subdomain(hostname).map((text) => faults.invalid(name, hostname, text)));
  if (isIP(hostname)) found.push(faults.invalid(name, hostname, 'must be a DNS name, not an IP address'));
  return found;
}
