// What the plugins for new pods have in common.

import { isOf, type Pod, type PodSpec, pods } from '../../../shared/api/index.ts';
import { type ApiError, forbidden, type KubeObject } from '../../../shared/machinery/index.ts';
import type { AdmissionRequest } from './admission-plugin.ts';

export type PodWithSpec = Pod & { spec: PodSpec };

/** The pod, where the request is about the pod itself and not about one of its subresources. */
export function podOf(request: AdmissionRequest, object: KubeObject | undefined): PodWithSpec | undefined {
  if (request.subresource || !isOf(pods, request.resource, object)) return undefined;
  return hasSpec(object) ? object : undefined;
}

export function newPodOf(request: AdmissionRequest, object: KubeObject | undefined): PodWithSpec | undefined {
  return request.verb === 'create' ? podOf(request, object) : undefined;
}

/** The pod, where its containers are to have other resources. */
export function resizedPodOf({ resource, subresource }: AdmissionRequest, object: KubeObject | undefined) {
  return subresource === 'resize' && isOf(pods, resource, object) && hasSpec(object) ? object : undefined;
}

/** The pod, where containers are added to it. */
export function debuggedPodOf({ resource, subresource }: AdmissionRequest, object: KubeObject | undefined) {
  return subresource === 'ephemeralcontainers' && isOf(pods, resource, object) && hasSpec(object)
    ? object
    : undefined;
}

/** A pod without a spec is left for validation to refuse. */
function hasSpec(pod: Pod): pod is PodWithSpec {
  return pod.spec !== undefined;
}

export function podForbidden(pod: Pod, why: string): ApiError {
  return forbidden(pods, pod.metadata?.name ?? pod.metadata?.generateName ?? '', why);
}
