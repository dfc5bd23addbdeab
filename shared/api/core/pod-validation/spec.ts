// The whole spec of a pod, in upstream's order (ValidatePodSpec). Collects every fault.

import type { PodSpec } from 'kubernetes-types/core/v1';
import {
  dns1123Subdomain,
  type FieldError,
  type FieldPath,
  faults,
  inRange,
  validateLabels,
} from '../../../machinery/index.ts';
import { validateAffinity } from './affinity.ts';
import { validateContainers, validateEphemeralContainers, validateInitContainers } from './containers.ts';
import { validateDnsConfig, validateDnsPolicy, validateHostAliases } from './dns.ts';
import { validateOs } from './os.ts';
import { validateHostNetworkPorts } from './ports.ts';
import { validateResources } from './resources.ts';
import { label, named, oneOf, qualified, required } from './rules.ts';
import { validatePodSecurityContext } from './security-context.ts';
import { validateTolerations } from './tolerations.ts';
import { validateTopologySpread } from './topology-spread.ts';
import { validateVolumes } from './volumes.ts';
import { validateHostProcess } from './windows-options.ts';

export interface PodSpecRules {
  /** A pod's own spec, not a template's. */
  isPod: boolean;
  /** Names the claims of ephemeral volumes. */
  podName?: string;
}

export function validatePodSpec(spec: PodSpec, path: FieldPath, rules: PodSpecRules): FieldError[] {
  const { found: volumeFaults, valid: volumes } = validateVolumes(
    spec.volumes ?? [],
    rules.podName,
    path.child('volumes'),
  );
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name).filter(Boolean));
  const around = { spec, volumes, claims };
  return [
    ...required(spec.terminationGracePeriodSeconds, path.child('terminationGracePeriodSeconds')),
    ...volumeFaults,
    ...validatePodClaims(spec, path.child('resourceClaims')),
    ...validateContainers(around, path.child('containers')),
    ...validateInitContainers(around, path.child('initContainers')),
    ...validateEphemeralContainers(around, path.child('ephemeralContainers')),
    ...validateHostNetworkPorts(spec, path, rules.isPod),
    ...validatePolicies(spec, path),
    ...validatePlacement(spec, path),
    ...validateHostProcess(spec, path),
    ...validateHostUsers(spec, path),
    ...validateNames(spec, path),
    ...validateOverhead(spec, path),
    ...validateOs(spec, path),
  ];
}

function validatePodClaims({ resourceClaims = [] }: PodSpec, path: FieldPath): FieldError[] {
  const taken = new Set<string>();
  return resourceClaims.flatMap(({ name }, position) => {
    const at = path.index(position).child('name');
    if (!name) return [faults.required(at)];
    if (taken.has(name)) return [faults.duplicate(at, name)];
    taken.add(name);
    return label(name, at);
  });
}

function validatePolicies(spec: PodSpec, path: FieldPath): FieldError[] {
  const { restartPolicy } = spec;
  const at = path.child('restartPolicy');
  return [
    ...(restartPolicy ? oneOf(restartPolicy, ['Always', 'OnFailure', 'Never'], at) : [faults.required(at)]),
    ...validateDnsPolicy(spec.dnsPolicy, path.child('dnsPolicy')),
    ...validateLabels(spec.nodeSelector, path.child('nodeSelector')),
    ...validatePodSecurityContext(spec, path.child('securityContext')),
  ];
}

function validatePlacement(spec: PodSpec, path: FieldPath): FieldError[] {
  return [
    ...validateAffinity(spec.affinity, path.child('affinity')),
    ...validateDnsConfig(spec.dnsConfig, spec.dnsPolicy, path.child('dnsConfig')),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType }, position) =>
      qualified(conditionType ?? '', path.child('readinessGates').index(position).child('conditionType')),
    ),
    ...validateSchedulingGates(spec, path.child('schedulingGates')),
    ...validateTopologySpread(spec.topologySpreadConstraints ?? [], path.child('topologySpreadConstraints')),
  ];
}

function validateSchedulingGates({ schedulingGates = [] }: PodSpec, path: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return schedulingGates.flatMap(({ name }, position) => {
    const at = path.index(position);
    const found = [...qualified(name ?? '', at), ...(seen.has(name) ? [faults.duplicate(at, name)] : [])];
    seen.add(name);
    return found;
  });
}

/** A user namespace of its own does not go with namespaces of the host. The spelling is upstream's. */
function validateHostUsers(spec: PodSpec, path: FieldPath): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const shared = [
    ['hostNetwork', spec.hostNetwork],
    ['HostPID', spec.hostPID],
    ['HostIPC', spec.hostIPC],
  ] as const;
  return shared.flatMap(([field, on]) =>
    on ? [faults.forbidden(path.child(field), 'when `pod.Spec.HostUsers` is false')] : [],
  );
}

function validateNames(spec: PodSpec, path: FieldPath): FieldError[] {
  const subdomainOf = (
    field: 'serviceAccountName' | 'nodeName' | 'priorityClassName' | 'runtimeClassName',
  ) => (spec[field] ? named(dns1123Subdomain, spec[field], path.child(field)) : []);
  const { activeDeadlineSeconds: deadline, hostname, subdomain, preemptionPolicy: preemption } = spec;
  return [
    ...subdomainOf('serviceAccountName'),
    ...subdomainOf('nodeName'),
    ...(deadline === undefined ? [] : validateDeadline(deadline, 1, path)),
    ...(hostname ? label(hostname, path.child('hostname')) : []),
    ...(subdomain ? label(subdomain, path.child('subdomain')) : []),
    ...validateTolerations(spec.tolerations ?? [], path.child('tolerations')),
    ...validateHostAliases(spec.hostAliases ?? [], path.child('hostAliases')),
    ...subdomainOf('priorityClassName'),
    ...subdomainOf('runtimeClassName'),
    ...(preemption === undefined
      ? []
      : oneOf(preemption, ['PreemptLowerPriority', 'Never'], path.child('preemptionPolicy'))),
  ];
}

/** Seconds that a pod may run, at most an int32. */
export function validateDeadline(seconds: number, least: number, path: FieldPath): FieldError[] {
  return inRange(seconds, least, 2 ** 31 - 1).map((text) =>
    faults.invalid(path.child('activeDeadlineSeconds'), seconds, text),
  );
}

function validateOverhead({ overhead }: PodSpec, path: FieldPath): FieldError[] {
  return overhead ? validateResources({ limits: overhead }, new Set(), path.child('overhead')) : [];
}
