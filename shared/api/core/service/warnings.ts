// What the writer of a Service is warned of (upstream: pkg/api/service/warnings.go, v1.32).

import type { Service } from 'kubernetes-types/core/v1';
import { FieldPath } from '../../../machinery/index.ts';
import { canonicalIpv6 } from '../../ip-address.ts';
import { isHeadless } from './defaults.ts';
import { topologyHints, topologyMode } from './validation.ts';

const path = new FieldPath('spec');

export function serviceWarnings({ metadata, spec = {} }: Service): string[] {
  const { clusterIPs = [], externalIPs = [], loadBalancerIP, loadBalancerSourceRanges: ranges = [] } = spec;
  const external = spec.type === 'ExternalName';
  const told: string[] = [];
  if (metadata?.annotations?.[topologyHints] !== undefined)
    told.push(`annotation ${topologyHints} is deprecated, please use ${topologyMode} instead`);
  if (!external && !isHeadless(spec)) told.push(...ofEach(clusterIPs, 'clusterIPs', 'address'));
  told.push(...ofEach(externalIPs, 'externalIPs', 'address'));
  if (loadBalancerIP) told.push(...notCanonical(loadBalancerIP, path.child('loadBalancerIP'), 'address'));
  told.push(...ofEach(ranges, 'loadBalancerSourceRanges', 'prefix'));
  if (external && externalIPs.length > 0)
    told.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (!external && spec.externalName)
    told.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  return told;
}

type What = 'address' | 'prefix';

function ofEach(list: readonly string[], field: string, what: What): string[] {
  return list.flatMap((text, index) => notCanonical(text, path.child(field).index(index), what));
}

function notCanonical(text: string, at: FieldPath, what: What): string[] {
  const [address = '', length] = text.split('/');
  const canonical = canonicalIpv6(address);
  if (canonical === undefined || canonical === address) return [];
  const shown = length === undefined ? canonical : `${canonical}/${length}`;
  const why = `is not in RFC 5952 canonical format ("${shown}"), which may cause controller apply-loops`;
  return [`${at}: IPv6 ${what} "${text}" ${why}`];
}
