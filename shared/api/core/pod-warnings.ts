// What a person should know of a pod that is valid (k8s.io/kubernetes/pkg/api/pod/warnings.go): sentences for the Warning header.

import type { Container, Pod, PodSpec, PodTemplateSpec, Volume } from 'kubernetes-types/core/v1';
import { FieldPath, repeats } from '../../machinery/index.ts';
import { claimSpecWarnings } from './claim-warnings.ts';
import type { PlacedContainer } from './placed-container.ts';
import { appArmorWarnings } from './pod-app-armor.ts';
import { deprecatedLabelWarnings, nullSelectorWarnings } from './pod-label-warnings.ts';
import { hostnameWarnings } from './pod-name-warnings.ts';
import { portWarnings } from './pod-port-warnings.ts';
import { canonical, quantityOf } from './pod-resource-lists.ts';
import { seccompPod, seccompPrefix } from './pod-validation/annotations.ts';

type Annotations = Readonly<Record<string, string>>;

/** Of a new one: later nobody but programs writes pods. */
export function podWarnings({ metadata, spec }: Pod, old?: Pod): string[] {
  if (!spec || old) return [];
  return [
    ...hostnameWarnings(metadata?.name),
    ...warningsFor(spec, metadata?.annotations ?? {}, new FieldPath()),
  ];
}

/** Of a template; `path` is the template's, e.g. `spec.template`. */
export function podTemplateWarnings(template: PodTemplateSpec | undefined, path: FieldPath): string[] {
  if (!template?.spec) return [];
  const annotations = template.metadata?.annotations ?? {};
  return [
    ...warningsFor(template.spec, annotations, path),
    ...appArmorWarnings(template.spec, annotations, path),
  ];
}

function placed(spec: PodSpec, path: FieldPath): PlacedContainer[] {
  return (['initContainers', 'containers'] as const).flatMap((field) =>
    (spec[field] ?? []).map((container, position) => ({
      container,
      path: path.child(field).index(position),
    })),
  );
}

function warningsFor(spec: PodSpec, annotations: Annotations, path: FieldPath): string[] {
  const specPath = path.child('spec');
  const containers = placed(spec, specPath);
  return [
    ...deprecatedLabelWarnings(spec, specPath),
    ...annotationWarnings(annotations, path.child('metadata', 'annotations')),
    ...(spec.volumes ?? []).flatMap((volume, position) =>
      volumeWarnings(volume, specPath.child('volumes').index(position)),
    ),
    ...tokenPathWarnings(spec, specPath.child('volumes')),
    ...duplicateWarnings(spec, specPath),
    ...fractionWarnings(spec.overhead, specPath.child('overhead')),
    ...seccompWarnings(spec, annotations, path.child('metadata', 'annotations')),
    ...containers.flatMap(({ container, path: at }) => containerWarnings(container, at)),
    ...portWarnings(containers),
    ...gracePeriodWarnings(spec, specPath),
    ...nullSelectorWarnings(spec, specPath),
  ];
}

const deprecatedAnnotations: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod':
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};

function annotationWarnings(annotations: Annotations, path: FieldPath): string[] {
  return Object.entries(deprecatedAnnotations).flatMap(([key, message]) =>
    key in annotations ? [`${path.key(key)}: ${message}`] : [],
  );
}

const deprecatedVolumes = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
} as const satisfies Partial<Record<keyof Volume, string>>;

function volumeWarnings(volume: Volume, path: FieldPath): string[] {
  const template = volume.ephemeral?.volumeClaimTemplate;
  const claim = path.child('ephemeral', 'volumeClaimTemplate', 'spec');
  const old = Object.entries(deprecatedVolumes).flatMap(([field, message]) => {
    // Upstream spells this one otherwise.
    const shown = field === 'storageos' ? 'storageOS' : field;
    return field in volume ? [`${path.child(shown)}: ${message}`] : [];
  });
  return [...old, ...claimSpecWarnings(template?.spec, claim)];
}

/** A token that lies where another file of a projected volume lies. The paths are upstream's. */
function tokenPathWarnings({ volumes = [] }: PodSpec, path: FieldPath): string[] {
  const sources = volumes.flatMap(({ projected }, position) =>
    (projected?.sources ?? []).map((source) => ({
      source,
      at: path.index(position).child('projected', 'sources'),
    })),
  );
  const tokens = new Set(sources.flatMap(({ source }) => source.serviceAccountToken?.path ?? []));
  const clash = (at: FieldPath) => (target: string, position: number) =>
    tokens.has(target)
      ? [`${at.index(position)}: has duplicated path with ServiceAccountToken "${target}"`]
      : [];
  return sources.flatMap(({ source, at }) => [
    ...(source.configMap?.items ?? []).map((item) => item.path).flatMap(clash(at.child('configMap'))),
    ...(source.secret?.items ?? []).map((item) => item.path).flatMap(clash(at.child('secrets'))),
    ...(source.downwardAPI?.items ?? []).map((item) => item.path).flatMap(clash(at.child('downwardAPI'))),
  ]);
}

function gracePeriodWarnings(
  { terminationGracePeriodSeconds: seconds = 0 }: PodSpec,
  path: FieldPath,
): string[] {
  if (seconds >= 0) return [];
  const message = 'must be >= 0; negative values are invalid and will be treated as 1';
  return [`${path.child('terminationGracePeriodSeconds')}: ${message}`];
}

function duplicateWarnings({ hostAliases = [], imagePullSecrets = [] }: PodSpec, path: FieldPath): string[] {
  const names = imagePullSecrets.map(({ name = '' }) => name);
  const secrets = path.child('imagePullSecrets');
  return [
    ...repeated(hostAliases.map(({ ip = '' }) => ip)).map(
      ([position, ip]) => `${path.child('hostAliases').index(position).child('ip')}: duplicate ip "${ip}"`,
    ),
    ...repeated(names).map(
      ([position, name]) => `${secrets.index(position).child('name')}: duplicate name "${name}"`,
    ),
    ...names.flatMap((name, position) =>
      name ? [] : [`${secrets.index(position).child('name')}: invalid empty name ""`],
    ),
  ];
}

function repeated(values: readonly string[]): [number, string][] {
  const again = repeats(values);
  return [...values.entries()].filter(([position]) => again.has(position));
}

/** Bytes come whole. */
function fractionWarnings(list: Record<string, string> | undefined, path: FieldPath): string[] {
  return ['memory', 'ephemeral-storage'].flatMap((name) => {
    const text = list?.[name];
    if (text === undefined || quantityOf(text).isInteger) return [];
    const shown = canonical(text);
    return [`${path.key(name)}: fractional byte value "${shown}" is invalid, must be an integer`];
  });
}

const useSeccompField = 'non-functional in v1.27+; use the "seccompProfile" field instead';

function seccompWarnings(spec: PodSpec, annotations: Annotations, path: FieldPath): string[] {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const keys = [
    ...(spec.securityContext?.seccompProfile ? [] : [seccompPod]),
    ...containers
      .filter(({ securityContext }) => !securityContext?.seccompProfile)
      .map(({ name }) => `${seccompPrefix}${name}`),
  ];
  return keys.filter((key) => key in annotations).map((key) => `${path.key(key)}: ${useSeccompField}`);
}

function containerWarnings(container: Container, path: FieldPath): string[] {
  const { limits, requests } = container.resources ?? {};
  const resources = path.child('resources');
  return [
    ...fractionWarnings(limits, resources.child('limits')),
    ...fractionWarnings(requests, resources.child('requests')),
    ...hiddenVariables(container, path.child('env')),
  ];
}

/** A variable that is set again, and not built on the first (`X: "$(X):more"`). */
function hiddenVariables({ env = [] }: Container, path: FieldPath): string[] {
  const seen = new Set<string>();
  return env.flatMap(({ name, value = '', valueFrom }, position) => {
    const first = !seen.has(name);
    seen.add(name);
    const reference = `$(${name})`;
    const extendsFirst = !valueFrom && value !== reference && value.includes(reference);
    if (first || extendsFirst) return [];
    const message = 'hides previous definition of';
    return [`${path.index(position)}: ${message} "${name}", which may be dropped when using apply`];
  });
}
