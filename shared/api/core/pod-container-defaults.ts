// What upstream's defaulting fills in for one container: image pull policy by tag, probes, ports, requests from limits.

import type {
  Container,
  EnvVar,
  EphemeralContainer,
  Lifecycle,
  Probe,
  ResourceRequirements,
} from 'kubernetes-types/core/v1';
import { roundQuantities } from './pod-resource-lists.ts';
import { defaultFieldRef, defaultResourceFieldRef } from './pod-volume-defaults.ts';

/** Defaults of a container of any sort (ordinary, init, ephemeral), in place. */
export function defaultContainer(container: Container | EphemeralContainer): void {
  container.imagePullPolicy ||= imagePullPolicyFor(container.image ?? '');
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.resources ??= {};
  roundQuantities(container.resources.limits);
  roundQuantities(container.resources.requests);
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const variable of container.env ?? []) defaultEnvVar(variable);
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe) defaultProbe(probe);
  }
  if (container.lifecycle) defaultLifecycle(container.lifecycle);
}

/** A request that is not given is the limit. Only pods get this, never templates. */
export function defaultRequestsFromLimits(resources: ResourceRequirements): void {
  if (!resources.limits) return;
  resources.requests = { ...resources.limits, ...resources.requests };
}

/** On the host's network a container port is the host's port. */
export function defaultHostPorts(container: Container): void {
  for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
}

/** `Always` for the tag `latest`, spelled or implied; `IfNotPresent` for another tag, a digest, or no valid reference. */
export function imagePullPolicyFor(image: string): 'Always' | 'IfNotPresent' {
  const [repository, tag, digest] = splitImage(image);
  // A URL is none, whatever letters it has.
  const isReference = /^[a-z0-9][-a-z0-9._/:[\]]*$/.test(withLowerCaseHost(repository));
  if (!isReference || repository.includes('//')) return 'IfNotPresent';
  return (tag || (digest ? '' : 'latest')) === 'latest' ? 'Always' : 'IfNotPresent';
}

function splitImage(image: string): [repository: string, tag: string, digest: string] {
  const [named = '', digest = ''] = image.split('@', 2);
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  return colon < 0 ? [named, '', digest] : [named.slice(0, colon), named.slice(colon + 1), digest];
}

/** The registry's host name may have capitals, the path may not. */
function withLowerCaseHost(repository: string): string {
  const slash = repository.indexOf('/');
  return slash < 0 ? repository : repository.slice(0, slash).toLowerCase() + repository.slice(slash);
}

function defaultEnvVar({ valueFrom }: EnvVar): void {
  if (valueFrom?.fieldRef) defaultFieldRef(valueFrom.fieldRef);
  if (valueFrom?.resourceFieldRef) defaultResourceFieldRef(valueFrom.resourceFieldRef);
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.grpc) probe.grpc.service ??= '';
  defaultHttpGet(probe);
}

function defaultLifecycle({ postStart, preStop }: Lifecycle): void {
  if (postStart) defaultHttpGet(postStart);
  if (preStop) defaultHttpGet(preStop);
}

function defaultHttpGet({ httpGet }: Pick<Probe, 'httpGet'>): void {
  if (!httpGet) return;
  httpGet.path ||= '/';
  httpGet.scheme ||= 'HTTP';
}
