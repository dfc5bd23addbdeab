// Where pods stand in what is written: pods themselves, and the templates of what makes pods.

import {
  cronjobs,
  daemonsets,
  deployments,
  isOf,
  jobs,
  type Pod,
  type PodSpec,
  podtemplates,
  type Resource,
  replicasets,
  replicationcontrollers,
  statefulsets,
} from '../../../../shared/api/index.ts';
import type { KubeObject, ResourceNoun } from '../../../../shared/machinery/index.ts';
import type { AdmissionRequest } from '../admission-plugin.ts';
import type { CheckedPod } from './checks/index.ts';

type Template = { metadata?: Pod['metadata']; spec?: PodSpec };
type TemplateOf = (request: AdmissionRequest, object: KubeObject) => Template | undefined;

const templates: ReadonlyMap<string, TemplateOf> = new Map([
  templated(podtemplates, ({ template }) => template),
  templated(replicationcontrollers, ({ spec }) => spec?.template),
  templated(replicasets, ({ spec }) => spec?.template),
  templated(deployments, ({ spec }) => spec?.template),
  templated(statefulsets, ({ spec }) => spec?.template),
  templated(daemonsets, ({ spec }) => spec?.template),
  templated(jobs, ({ spec }) => spec?.template),
  templated(cronjobs, ({ spec }) => spec?.jobTemplate.spec?.template),
]);

function templated<T extends KubeObject>(
  row: Resource<T>,
  templateOf: (object: T) => Template | undefined,
): [string, TemplateOf] {
  return [
    nameOf(row),
    ({ resource }, object) => (isOf(row, resource, object) ? templateOf(object) : undefined),
  ];
}

function nameOf({ group, resource }: ResourceNoun): string {
  return `${group}/${resource}`;
}

/** Whether the resource has templates of pods. */
export function hasTemplate(resource: ResourceNoun): boolean {
  return templates.has(nameOf(resource));
}

/** Undefined: the object has none. */
export function templatedPod(request: AdmissionRequest, object: KubeObject): CheckedPod | undefined {
  const template = templates.get(nameOf(request.resource))?.(request, object);
  return template && checkedPod(template);
}

export function checkedPod({ metadata, spec }: Template): CheckedPod | undefined {
  return spec && { metadata, spec };
}
