// Containers: what all have in common, and what ordinary and init containers may and may not have.

import type { Container, ContainerResizePolicy, PodSpec } from 'kubernetes-types/core/v1';
import { type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';
import { isSidecar } from '../sidecars.ts';
import { validateEnv, validateEnvFrom } from './env.ts';
import { validateLifecycle, validateProbes } from './handlers.ts';
import { validateHostPorts, validatePorts } from './ports.ts';
import { validateResources } from './resources.ts';
import { label, oneOf, required } from './rules.ts';
import { validateSecurityContext } from './security-context.ts';
import { type Volumes, validateVolumeDevices, validateVolumeMounts } from './volume-mounts.ts';

const messagePolicies = ['File', 'FallbackToLogsOnError'];
const pullPolicies = ['Always', 'IfNotPresent', 'Never'];

/** What a container is checked against. */
export interface Surroundings {
  spec: PodSpec;
  volumes: Volumes;
  /** Names in `spec.resourceClaims`. */
  claims: ReadonlySet<string>;
}

export function validateContainers(around: Surroundings, path: FieldPath): FieldError[] {
  const { containers, terminationGracePeriodSeconds: grace } = around.spec;
  if (containers.length === 0) return [faults.required(path)];
  const names = new Set<string>();
  const found = containers.flatMap((container, position) => {
    const at = path.index(position);
    return [
      ...validateContainer(container, around, at),
      ...claimName(container.name, names, at),
      ...(container.lifecycle ? validateLifecycle(container.lifecycle, grace, at.child('lifecycle')) : []),
      ...validateProbes(container, at),
      ...(container.restartPolicy === undefined
        ? []
        : [faults.forbidden(at.child('restartPolicy'), 'may not be set for non-init containers')]),
    ];
  });
  return [...found, ...validateHostPorts(containers, path)];
}

export function validateInitContainers(around: Surroundings, path: FieldPath): FieldError[] {
  const { initContainers = [], containers } = around.spec;
  const names = new Set(containers.map(({ name }) => name));
  return initContainers.flatMap((container, position) => {
    const at = path.index(position);
    const { restartPolicy } = container;
    return [
      ...validateContainer(container, around, at),
      ...(restartPolicy === undefined ? [] : oneOf(restartPolicy, ['Always'], at.child('restartPolicy'))),
      ...claimName(container.name, names, at),
      // They run one by one: only a container's own ports can collide.
      ...validateHostPorts([container], path),
      ...validateWhileInitializing(container, around.spec.terminationGracePeriodSeconds, at),
    ];
  });
}

const notEphemeral = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resources',
  'resizePolicy',
  'restartPolicy',
] as const;

/** What a container that was added later may not have: everything that the pod's life would depend on. */
export function validateEphemeralContainers(around: Surroundings, path: FieldPath): FieldError[] {
  const { containers, initContainers = [], ephemeralContainers = [] } = around.spec;
  const others = [...containers, ...initContainers].map(({ name }) => name);
  const names = new Set(others);
  return ephemeralContainers.flatMap((container, position) => {
    const at = path.index(position);
    const { targetContainerName: target } = container;
    return [
      ...validateContainer(container, around, at),
      ...claimName(container.name, names, at),
      ...notEphemeral
        .filter((field) => isSet(container[field]))
        .map((field) => faults.forbidden(at.child(field), 'cannot be set for an Ephemeral Container')),
      ...(target && !others.includes(target)
        ? [faults.notFound(at.child('targetContainerName'), target)]
        : []),
      ...(container.volumeMounts ?? []).flatMap((mount, index) =>
        (['subPath', 'subPathExpr'] as const)
          .filter((field) => mount[field])
          .map((field) =>
            faults.forbidden(
              at.child('volumeMounts').index(index).child(field),
              'cannot be set for an Ephemeral Container',
            ),
          ),
      ),
    ];
  });
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** Only a sidecar lives long enough to be probed. */
function validateWhileInitializing(container: Container, grace: number | undefined, path: FieldPath) {
  if (isSidecar(container)) {
    const { lifecycle } = container;
    return [
      ...(lifecycle ? validateLifecycle(lifecycle, grace, path.child('lifecycle')) : []),
      ...validateProbes(container, path),
    ];
  }
  const fields = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;
  return fields
    .filter((field) => container[field] !== undefined)
    .map((field) =>
      faults.forbidden(path.child(field), 'may not be set for init containers without restartPolicy=Always'),
    );
}

function claimName(name: string, taken: Set<string>, path: FieldPath): FieldError[] {
  if (taken.has(name)) return [faults.duplicate(path.child('name'), name)];
  if (name) taken.add(name);
  return [];
}

function validateContainer(container: Container, around: Surroundings, path: FieldPath): FieldError[] {
  const { name = '', terminationMessagePolicy = '', imagePullPolicy = '' } = container;
  const namePath = path.child('name');
  const hostUsers = around.spec.hostUsers !== false;
  return [
    ...(name ? label(name, namePath) : required(name, namePath)),
    ...required(container.image, path.child('image')),
    ...oneOfRequired(terminationMessagePolicy, messagePolicies, path.child('terminationMessagePolicy')),
    ...validatePorts(container.ports ?? [], path.child('ports')),
    ...validateEnv(container.env ?? [], path.child('env')),
    ...validateEnvFrom(container.envFrom ?? [], path.child('envFrom')),
    ...validateVolumeMounts(container, around.volumes, path.child('volumeMounts')),
    ...validateVolumeDevices(container, around.volumes, path.child('volumeDevices')),
    ...oneOfRequired(imagePullPolicy, pullPolicies, path.child('imagePullPolicy')),
    ...validateResources(container.resources ?? {}, around.claims, path.child('resources')),
    ...validateResizePolicy(container.resizePolicy ?? [], around.spec, path.child('resizePolicy')),
    ...validateSecurityContext(container.securityContext, hostUsers, path.child('securityContext')),
  ];
}

function oneOfRequired(value: string, supported: readonly string[], path: FieldPath): FieldError[] {
  return value ? oneOf(value, supported, path) : required(value, path);
}

function validateResizePolicy(
  policies: readonly ContainerResizePolicy[],
  spec: PodSpec,
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return policies.flatMap(({ resourceName, restartPolicy }, position) => {
    const found = seen.has(resourceName) ? [faults.duplicate(path.index(position), resourceName)] : [];
    seen.add(resourceName);
    found.push(
      ...oneOfRequired(resourceName, ['cpu', 'memory'], path),
      ...oneOfRequired(restartPolicy, ['NotRequired', 'RestartContainer'], path),
    );
    if (spec.restartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      const detail = "must be 'NotRequired' when `restartPolicy` is 'Never'";
      found.push(faults.invalid(path, restartPolicy, detail));
    }
    return found;
  });
}
