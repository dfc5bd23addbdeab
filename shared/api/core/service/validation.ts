// What is wrong with a Service, in the order of upstream's ValidateService (v1.32).

import type { Service, ServicePort, ServiceSpec } from 'kubernetes-types/core/v1';
import {
  dns1123Label,
  dns1123Subdomain,
  type FieldError,
  FieldPath,
  faults,
  type NameRule,
  portName,
  portNumber,
  qualifiedName,
  repeats,
  validateLabels,
} from '../../../machinery/index.ts';
import { isCidr, validateIp, validateNonSpecialIp } from '../../ip-address.ts';
import { protocols } from '../endpoints.ts';
import { validateClusterIpChange, validateClusterIps } from './cluster-ips.ts';
import { isExternallyAccessible, isHeadless, needsClusterIp, needsHealthCheckPort } from './defaults.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const affinities = ['ClientIP', 'None'];
const trafficPolicies = ['Cluster', 'Local'];
const distributions = ['PreferClose'];
const longestAffinity = 86400;
const kubeletPort = 10250;
const rangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges';

/** Of old, `topologyHints` said what `topologyMode` says. */
export const topologyMode = 'service.kubernetes.io/topology-mode';
export const topologyHints = 'service.kubernetes.io/topology-aware-hints';

const path = new FieldPath('spec');
const annotationsPath = new FieldPath('metadata').child('annotations');

export function validateService(service: Service): FieldError[] {
  const { spec = {} } = service;
  const ports = spec.ports ?? [];
  return [
    ...validateTopologyMode(service),
    ...(ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName'
      ? [faults.required(path.child('ports'))]
      : []),
    ...validateOfType(spec),
    ...validatePorts(ports),
    ...validateLabels(spec.selector, path.child('selector')),
    ...validateAffinity(spec),
    ...validateClusterIps(service),
    ...(spec.externalIPs ?? []).flatMap((address, index) => validateExternalIp(address, index)),
    ...validateChoice(spec.type, types, 'type', true),
    ...validateNodePorts(spec),
    ...validateDuplicates(ports),
    ...validateSourceRanges(service),
    ...validateLoadBalancerFields(spec),
    ...validateExternalTraffic(spec),
    ...validateChoice(
      spec.internalTrafficPolicy,
      trafficPolicies,
      'internalTrafficPolicy',
      needsClusterIp(spec),
    ),
    ...validateChoice(spec.trafficDistribution, distributions, 'trafficDistribution', false),
  ];
}

export function validateServiceUpdate(next: Service, old: Service): FieldError[] {
  const found = validateClusterIpChange(next, old);
  const [spec, before] = [next.spec ?? {}, old.spec ?? {}];
  const balanced = spec.type === 'LoadBalancer' && before.type === 'LoadBalancer';
  if (balanced && spec.loadBalancerClass !== before.loadBalancerClass) {
    const at = path.child('loadBalancerClass');
    found.push(faults.invalid(at, spec.loadBalancerClass, 'may not change once set'));
  }
  const checked = needsHealthCheckPort(spec) && needsHealthCheckPort(before);
  if (checked && spec.healthCheckNodePort !== before.healthCheckNodePort)
    found.push(faults.forbidden(path.child('healthCheckNodePort'), 'field is immutable'));
  return found;
}

/** The annotation has an older name, which may stand beside it. */
function validateTopologyMode({ metadata }: Service): FieldError[] {
  const { [topologyMode]: mode, [topologyHints]: hints } = metadata?.annotations ?? {};
  if (mode === undefined || hints === undefined || mode === hints) return [];
  const detail = `must match annotations[${topologyHints}] when both are specified`;
  return [faults.invalid(annotationsPath.key(topologyMode), mode, detail)];
}

function validateOfType(spec: ServiceSpec): FieldError[] {
  switch (spec.type) {
    case 'LoadBalancer':
      return [...validateKubeletPort(spec.ports ?? []), ...validateNotHeadless(spec)];
    case 'NodePort':
      return validateNotHeadless(spec);
    case 'ExternalName':
      return validateExternalName(spec);
    default:
      return [];
  }
}

function validateKubeletPort(ports: readonly ServicePort[]): FieldError[] {
  const detail = `may not expose port ${kubeletPort} externally since it is used by kubelet`;
  return ports.flatMap(({ port }, index) =>
    port === kubeletPort ? [faults.invalid(path.child('ports').index(index), port, detail)] : [],
  );
}

function validateNotHeadless(spec: ServiceSpec): FieldError[] {
  const detail = `may not be set to 'None' for ${spec.type} services`;
  return isHeadless(spec) ? [faults.invalid(path.child('clusterIPs').index(0), 'None', detail)] : [];
}

function validateExternalName(spec: ServiceSpec): FieldError[] {
  const found = (['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const)
    .filter((field) => spec[field]?.length)
    .map((field) => faults.forbidden(path.child(field), 'may not be set for ExternalName services'));
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  const at = path.child('externalName');
  return [...found, ...(name ? named(dns1123Subdomain, name, at) : [faults.required(at)])];
}

function validatePorts(ports: readonly ServicePort[]): FieldError[] {
  const again = repeats(ports.map(({ name = '' }) => name));
  return ports.flatMap((port, index) => validatePort(port, index, again.has(index), ports.length > 1));
}

function validatePort(port: ServicePort, index: number, again: boolean, needsName: boolean): FieldError[] {
  const at = path.child('ports').index(index);
  const { name = '', protocol = '', targetPort = 0, appProtocol } = port;
  const found: FieldError[] = [];
  if (name) {
    found.push(...named(dns1123Label, name, at.child('name')));
    if (again) found.push(faults.duplicate(at.child('name'), name));
  } else if (needsName) found.push(faults.required(at.child('name')));
  const number = port.port ?? 0;
  found.push(...portNumber(number).map((text) => faults.invalid(at.child('port'), number, text)));
  if (!protocol) found.push(faults.required(at.child('protocol')));
  else if (!protocols.includes(protocol))
    found.push(faults.notSupported(at.child('protocol'), protocol, protocols));
  const target = typeof targetPort === 'number' ? portNumber(targetPort) : portName(targetPort);
  found.push(...target.map((text) => faults.invalid(at.child('targetPort'), targetPort, text)));
  if (appProtocol !== undefined) found.push(...named(qualifiedName, appProtocol, at.child('appProtocol')));
  return found;
}

function validateAffinity(spec: ServiceSpec): FieldError[] {
  const found = validateChoice(spec.sessionAffinity, affinities, 'sessionAffinity', true);
  const at = path.child('sessionAffinityConfig');
  if (spec.sessionAffinity === 'None' && spec.sessionAffinityConfig)
    found.push(faults.forbidden(at, 'must not be set when session affinity is None'));
  if (spec.sessionAffinity !== 'ClientIP') return found;
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 0;
  if (seconds <= 0 || seconds > longestAffinity) {
    const detail = `must be greater than 0 and less than ${longestAffinity}`;
    found.push(faults.invalid(at.child('clientIP', 'timeoutSeconds'), seconds, detail));
  }
  return found;
}

function validateExternalIp(address: string, index: number): FieldError[] {
  const at = path.child('externalIPs').index(index);
  const malformed = validateIp(address, at);
  return malformed.length > 0 ? malformed : validateNonSpecialIp(address, at);
}

function validateNodePorts({ type, ports = [] }: ServiceSpec): FieldError[] {
  const found: FieldError[] = [];
  const again = repeats(ports.map(({ nodePort, protocol }) => `${nodePort}/${protocol}`));
  ports.forEach(({ nodePort }, index) => {
    if (!nodePort) return;
    const at = path.child('ports').index(index).child('nodePort');
    if (type === 'ClusterIP') found.push(faults.forbidden(at, "may not be used when `type` is 'ClusterIP'"));
    if (again.has(index)) found.push(faults.duplicate(at, nodePort));
  });
  return found;
}

function validateDuplicates(ports: readonly ServicePort[]): FieldError[] {
  const again = repeats(ports.map(({ port, protocol }) => `${port}/${protocol}`));
  return ports.flatMap(({ port, protocol }, index) =>
    again.has(index) ? [faults.duplicate(path.child('ports').index(index), { port, protocol })] : [],
  );
}

function validateSourceRanges({ metadata, spec = {} }: Service): FieldError[] {
  const annotation = metadata?.annotations?.[rangesAnnotation];
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length === 0 && annotation === undefined) return [];
  const at =
    ranges.length > 0 ? path.child('LoadBalancerSourceRanges') : annotationsPath.key(rangesAnnotation);
  const found: FieldError[] = [];
  if (spec.type !== 'LoadBalancer')
    found.push(faults.forbidden(at, "may only be used when `type` is 'LoadBalancer'"));
  const annotated = annotation?.trim() ? annotation.split(',') : [];
  const given = ranges.length > 0 ? ranges : annotated;
  if (!given.every((range) => isCidr(range.trim()))) {
    const shown = ranges.length > 0 ? `[${ranges.join(' ')}]` : annotation;
    // The blank at the end is upstream's.
    found.push(
      faults.invalid(at, shown, 'must be a list of IP ranges. For example, 10.240.0.0/24,10.250.0.0/24 '),
    );
  }
  return found;
}

function validateLoadBalancerFields(spec: ServiceSpec): FieldError[] {
  const { loadBalancerClass } = spec;
  if (spec.type === 'LoadBalancer')
    return loadBalancerClass === undefined
      ? []
      : named(qualifiedName, loadBalancerClass, path.child('loadBalancerClass'));
  return (['allocateLoadBalancerNodePorts', 'loadBalancerClass'] as const)
    .filter((field) => spec[field] !== undefined)
    .map((field) => faults.forbidden(path.child(field), "may only be used when `type` is 'LoadBalancer'"));
}

function validateExternalTraffic(spec: ServiceSpec): FieldError[] {
  const { externalTrafficPolicy: policy, healthCheckNodePort: port } = spec;
  const found: FieldError[] = [];
  const at = path.child('externalTrafficPolicy');
  if (isExternallyAccessible(spec))
    found.push(...validateChoice(policy, trafficPolicies, 'externalTrafficPolicy', true));
  else if (policy)
    found.push(faults.invalid(at, policy, 'may only be set for externally-accessible services'));
  if (!port) return found;
  const portPath = path.child('healthCheckNodePort');
  if (needsHealthCheckPort(spec))
    found.push(...portNumber(port).map((text) => faults.invalid(portPath, port, text)));
  else {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    found.push(faults.invalid(portPath, port, detail));
  }
  return found;
}

function validateChoice(
  value: string | undefined,
  supported: readonly string[],
  field: string,
  required: boolean,
): FieldError[] {
  if (!value) return required ? [faults.required(path.child(field))] : [];
  return supported.includes(value) ? [] : [faults.notSupported(path.child(field), value, supported)];
}

function named(rule: NameRule, value: string, at: FieldPath): FieldError[] {
  return rule(value).map((text) => faults.invalid(at, value, text));
}
