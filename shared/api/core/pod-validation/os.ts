// What the operating system of a pod leaves no room for, as upstream's validateOS, validateLinux and validateWindows say it.

import type { Container, PodSecurityContext, PodSpec, SecurityContext } from 'kubernetes-types/core/v1';
import { type FieldError, type FieldPath, faults, isRecord, ownField } from '../../../machinery/index.ts';
import { oneOf } from './rules.ts';

/** What only Linux has. Of a pod, in upstream's order: what does not stand in its security context has a dot. */
const ofPod = [
  'appArmorProfile',
  'seLinuxOptions',
  '.hostUsers',
  '.hostPID',
  '.hostIPC',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  '.shareProcessNamespace',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
];
/** Namespaces of the host that `false` does not ask for. */
const askedForByTrue = ['.hostPID', '.hostIPC'];
/** The same of a container. */
const ofContainer = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
];

export function validateOs(spec: PodSpec, path: FieldPath): FieldError[] {
  const { os } = spec;
  if (!os) return [];
  const at = path.child('os');
  if (!os.name) return [faults.required(at.child('name'), 'cannot be empty')];
  if (os.name === 'linux') return validateLinux(spec, path);
  return os.name === 'windows' ? validateWindows(spec, path) : oneOf(os.name, ['linux', 'windows'], at);
}

function validateLinux(spec: PodSpec, path: FieldPath): FieldError[] {
  const refuse = (context: PodSecurityContext | SecurityContext | undefined, at: FieldPath) =>
    context?.windowsOptions === undefined
      ? []
      : [faults.forbidden(at.child('windowsOptions'), 'windows options cannot be set for a linux pod')];
  return [
    ...refuse(spec.securityContext, path.child('securityContext')),
    ...containersOf(spec, path).flatMap(([{ securityContext }, at]) =>
      refuse(securityContext, at.child('securityContext')),
    ),
  ];
}

function validateWindows(spec: PodSpec, path: FieldPath): FieldError[] {
  const refuse = (at: FieldPath) => faults.forbidden(at, 'cannot be set for a windows pod');
  const found = ofPod.flatMap((name) => {
    const ofSpec = name.startsWith('.');
    const field = name.replace('.', '');
    const value = fieldOf(ofSpec ? spec : spec.securityContext, field);
    if (value === undefined || (value === false && askedForByTrue.includes(name))) return [];
    return [refuse((ofSpec ? path : path.child('securityContext')).child(field))];
  });
  for (const [container, at] of containersOf(spec, path))
    for (const field of ofContainer)
      if (fieldOf(container.securityContext, field) !== undefined)
        found.push(refuse(at.child('securityContext', field)));
  return found;
}

function fieldOf(object: unknown, field: string): unknown {
  return isRecord(object) ? ownField(object, field) : undefined;
}

function containersOf(spec: PodSpec, path: FieldPath): [Pick<Container, 'securityContext'>, FieldPath][] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, index): [Pick<Container, 'securityContext'>, FieldPath] => [
      container,
      path.child(list).index(index),
    ]),
  );
}
