// AppArmor profiles: annotations once, fields of security contexts now (KEP-24). A new pod says both, so that either can be read.

import type { AppArmorProfile, Container, Pod, PodSpec } from 'kubernetes-types/core/v1';
import { deepEqual, type FieldError, FieldPath, faults } from '../../machinery/index.ts';
import type { PlacedContainer } from './placed-container.ts';
import { appArmorPrefix } from './pod-validation/annotations.ts';
import { validateAppArmor } from './pod-validation/security-context.ts';

type Annotations = Readonly<Record<string, string>>;

const localhost = 'localhost/';

/** Writes annotations where only fields are, and fields where only annotations are, in place; warns of the latter. */
export function settleAppArmor(pod: Pod): string[] {
  const { spec } = pod;
  if (!spec || spec.os?.name === 'windows' || !speaksOfProfiles(pod, spec)) return [];
  const ofPod = spec.securityContext?.appArmorProfile;
  const annotations = { ...pod.metadata?.annotations };
  const warnings = containersOf(spec).flatMap(({ container }) => {
    const key = `${appArmorPrefix}${container.name}`;
    const own = container.securityContext?.appArmorProfile;
    const annotation = annotations[key];
    if (annotation === undefined) {
      const text = annotationFor(own ?? ofPod);
      if (text) annotations[key] = text;
      return [];
    }
    return own ? [] : settleContainer(container, key, annotation, ofPod);
  });
  if (Object.keys(annotations).length > 0) pod.metadata = { ...pod.metadata, annotations };
  return warnings;
}

/** Most pods do not. */
function speaksOfProfiles({ metadata }: Pod, spec: PodSpec): boolean {
  for (const key in metadata?.annotations) if (key.startsWith(appArmorPrefix)) return true;
  if (spec.securityContext?.appArmorProfile) return true;
  return containersOf(spec).some(({ container }) => container.securityContext?.appArmorProfile);
}

function settleContainer(
  container: Container,
  key: string,
  annotation: string,
  ofPod: AppArmorProfile | undefined,
): string[] {
  const profile = profileOf(annotation);
  const path = new FieldPath();
  if (profile && validateAppArmor(profile, path).length === 0) {
    if (deepEqual(profile, ofPod)) return [];
    container.securityContext = { ...container.securityContext, appArmorProfile: profile };
  }
  return [deprecated(key, path)];
}

function annotationFor(profile: AppArmorProfile | undefined): string | undefined {
  switch (profile?.type) {
    case 'Unconfined':
      return 'unconfined';
    case 'RuntimeDefault':
      return 'runtime/default';
    case 'Localhost':
      return profile.localhostProfile === undefined ? undefined : `${localhost}${profile.localhostProfile}`;
    default:
      return undefined;
  }
}

function profileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  if (!annotation.startsWith(localhost) || annotation === localhost) return undefined;
  return { type: 'Localhost', localhostProfile: annotation.slice(localhost.length) };
}

/** Where a new pod has the annotation and the field, they say the same. `path` is the spec's. */
export function validateAppArmorAgreement(
  annotations: Annotations,
  spec: PodSpec,
  path: FieldPath,
): FieldError[] {
  if (spec.os?.name === 'windows') return [];
  const ofPod = spec.securityContext?.appArmorProfile;
  return containersOf(spec, path).flatMap(({ container, path: at }) => {
    const annotation = annotations[`${appArmorPrefix}${container.name}`];
    const profile = container.securityContext?.appArmorProfile ?? ofPod;
    if (annotation === undefined || !profile || annotationFor(profile) === annotation) return [];
    const local = profile.type === 'Localhost' && annotation.startsWith(localhost);
    const [field, noun] = local ? ['localhostProfile', 'profile'] : ['type', 'type'];
    const place = at.child('securityContext', 'appArmorProfile', field);
    return [faults.forbidden(place, `apparmor ${noun} in annotation and field must match`)];
  });
}

/** Of a template; `path` is the template's. */
export function appArmorWarnings(spec: PodSpec, annotations: Annotations, path: FieldPath): string[] {
  if (spec.securityContext?.appArmorProfile) return [];
  return containersOf(spec)
    .filter(({ container }) => !container.securityContext?.appArmorProfile)
    .map(({ container }) => `${appArmorPrefix}${container.name}`)
    .filter((key) => key in annotations)
    .map((key) => deprecated(key, path));
}

function deprecated(key: string, path: FieldPath): string {
  const at = path.child('metadata', 'annotations').key(key);
  return `${at}: deprecated since v1.30; use the "appArmorProfile" field instead`;
}

function containersOf(spec: PodSpec, path = new FieldPath('spec')): PlacedContainer[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((field) =>
    (spec[field] ?? []).map((container, position) => ({
      container,
      path: path.child(field).index(position),
    })),
  );
}
