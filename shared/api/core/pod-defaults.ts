// Defaulting of a pod and of a pod template, as in k8s.io/kubernetes/pkg/apis/core/v1/defaults.go. Everything that
// carries a template (Deployment, ReplicaSet, Job …) defaults it here. All functions work in place and are idempotent.

import type { Pod, PodSpec, PodStatus, PodTemplateSpec } from 'kubernetes-types/core/v1';
import { defaultContainer, defaultHostPorts, defaultRequestsFromLimits } from './pod-container-defaults.ts';
import { roundQuantities } from './pod-resource-lists.ts';
import { defaultVolume } from './pod-volume-defaults.ts';

export function defaultPod(pod: Pod): void {
  pod.spec ??= { containers: [] };
  defaultPodSpec(pod.spec);
  defaultOfPodsOnly(pod.spec);
  if (pod.status) defaultPodStatus(pod.status);
}

/** What a template shares with a pod. The template is made when there is none. */
export function defaultPodTemplateSpec(template: PodTemplateSpec): PodTemplateSpec {
  template.spec ??= { containers: [] };
  defaultPodSpec(template.spec);
  return template;
}

function defaultPodSpec(spec: PodSpec): void {
  // Absent is the same as empty on the wire; what reads a spec later may rely on the list.
  spec.containers ??= [];
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  defaultServiceAccount(spec);
  roundQuantities(spec.overhead);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
}

/** `serviceAccount` is the old spelling: both always say the same, and the newer one wins. */
function defaultServiceAccount(spec: PodSpec): void {
  const name = spec.serviceAccountName || spec.serviceAccount;
  if (!name) return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

function defaultOfPodsOnly(spec: PodSpec): void {
  spec.enableServiceLinks ??= true;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    if (container.resources) defaultRequestsFromLimits(container.resources);
    if (spec.hostNetwork) defaultHostPorts(container);
  }
}

/** `podIP` is the first of `podIPs`; where the two disagree the single one wins (older kubelets). */
function defaultPodStatus(status: PodStatus): void {
  if (status.podIP && status.podIPs?.[0]?.ip !== status.podIP) status.podIPs = [{ ip: status.podIP }];
  else if (!status.podIP && status.podIPs?.[0]?.ip) status.podIP = status.podIPs[0].ip;
}
