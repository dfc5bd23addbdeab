// What is wrong with a pod, a template of pods, and a change of a pod.

import type { Pod, PodSpec, PodTemplateSpec } from 'kubernetes-types/core/v1';
import {
  type FieldError,
  FieldPath,
  faults,
  validateAnnotations,
  validateLabels,
} from '../../../machinery/index.ts';
import { validateAppArmorAgreement } from '../pod-app-armor.ts';
import { validatePodAnnotations, validateSeccompAgreement } from './annotations.ts';
import { validatePodSpec } from './spec.ts';

export { validateEphemeralContainersUpdate } from './ephemeral-update.ts';
export { validatePodStatusUpdate } from './status.ts';
export { validatePodUpdate } from './update.ts';

/** Every fault of a pod outside its metadata's generic part. */
export function validatePod(pod: Pod): FieldError[] {
  const spec = pod.spec ?? { containers: [] };
  const path = new FieldPath('spec');
  const annotations = pod.metadata?.annotations ?? {};
  const podName = pod.metadata?.name;
  return [
    ...validatePodAnnotations(annotations, spec, new FieldPath('metadata.annotations')),
    ...validatePodSpec(spec, path, { isPod: true, ...(podName && { podName }) }),
    ...validateTokens(pod, path),
    ...validateImages(pod, path),
  ];
}

/** Tokens are issued to a service account. */
function validateTokens({ spec }: Pod, path: FieldPath): FieldError[] {
  if (spec?.serviceAccountName) return [];
  return (spec?.volumes ?? []).flatMap(({ projected }, position) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }, index) => {
      if (!serviceAccountToken) return [];
      const at = path.child('volumes').index(position).child('projected', 'sources').index(index);
      const detail = 'must not be specified when serviceAccountName is not set';
      return [faults.forbidden(at.child('serviceAccountToken'), detail)];
    }),
  );
}

/** Templates may have blanks around an image, pods may not. */
function validateImages({ spec }: Pod, path: FieldPath): FieldError[] {
  return (['containers', 'initContainers'] as const).flatMap((field) =>
    (spec?.[field] ?? []).flatMap(({ image = '' }, position) => {
      if (image.trim() === image) return [];
      const at = path.child(field).index(position).child('image');
      return [faults.invalid(at, image, 'must not have leading or trailing whitespace')];
    }),
  );
}

/** What is wrong with a new pod only. */
export function validatePodCreate({ metadata, spec = { containers: [] } }: Pod): FieldError[] {
  const path = new FieldPath('spec');
  const annotations = metadata?.annotations ?? {};
  return [
    // They come later, through their subresource.
    ...(spec.ephemeralContainers?.length
      ? [faults.forbidden(path.child('ephemeralContainers'), 'cannot be set on create')]
      : []),
    ...validateGatedNode(spec, path),
    ...validateSeccompAgreement(annotations, spec, path),
    ...validateAppArmorAgreement(annotations, spec, path),
  ];
}

function validateGatedNode({ nodeName, schedulingGates }: PodSpec, path: FieldPath): FieldError[] {
  if (!nodeName || !schedulingGates?.length) return [];
  const detail = 'cannot be set until all schedulingGates have been cleared';
  return [faults.forbidden(path.child('nodeName'), detail)];
}

/** Every fault of a template; `path` is the template's, e.g. `spec.template`. */
export function validatePodTemplateSpec(template: PodTemplateSpec, path: FieldPath): FieldError[] {
  const { labels, annotations = {} } = template.metadata ?? {};
  const spec = template.spec ?? { containers: [] };
  const specPath = path.child('spec');
  const ephemeral = specPath.child('ephemeralContainers');
  return [
    ...validateLabels(labels, path.child('labels')),
    ...validateAnnotations(annotations, path.child('annotations')),
    ...validatePodAnnotations(annotations, spec, path.child('annotations')),
    ...validatePodSpec(spec, specPath, { isPod: false }),
    ...validateSeccompAgreement(annotations, spec, specPath),
    ...(spec.ephemeralContainers?.length
      ? [faults.forbidden(ephemeral, 'ephemeral containers not allowed in pod template')]
      : []),
  ];
}
