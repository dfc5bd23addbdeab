// What a container may do, from its own security context and its pod's: the container's word comes first. Pure.

import type { Container, Pod } from '../../../shared/api/index.ts';
import { type ContainerSecurity, RuntimeFailure, type SecurityProfile } from '../../runtime/index.ts';
import type { PodFacts } from './field-ref.ts';

/** Throws RuntimeFailure(CreateContainerConfigError) where `runAsNonRoot` is broken. `imageUser`: who the image runs as. */
export function containerSecurity(
  { pod }: PodFacts,
  container: Container,
  imageUser: string | undefined,
): ContainerSecurity {
  const own = container.securityContext ?? {};
  const ofPod = pod.spec?.securityContext ?? {};
  const runAsUser = own.runAsUser ?? ofPod.runAsUser;
  if (own.runAsNonRoot ?? ofPod.runAsNonRoot) {
    const fault = nonRootFault(runAsUser, imageUser);
    const { name, namespace, uid } = pod.metadata;
    if (fault) {
      const where = `(pod: "${name}_${namespace}(${uid})", container: ${container.name})`;
      throw new RuntimeFailure('CreateContainerConfigError', `${fault} ${where}`);
    }
  }
  const groups = [
    ...(ofPod.fsGroup === undefined ? [] : [ofPod.fsGroup]),
    ...(ofPod.supplementalGroups ?? []),
  ];
  return known({
    runAsUser,
    runAsGroup: own.runAsGroup ?? ofPod.runAsGroup,
    supplementalGroups: groups.length > 0 ? groups : undefined,
    strictGroups: hasStrictGroups(pod) || undefined,
    privileged: own.privileged,
    readOnlyRootFilesystem: own.readOnlyRootFilesystem,
    allowPrivilegeEscalation: own.allowPrivilegeEscalation,
    addCapabilities: own.capabilities?.add,
    dropCapabilities: own.capabilities?.drop,
    seccomp: profileOf(own.seccompProfile ?? ofPod.seccompProfile),
    appArmor: profileOf(own.appArmorProfile ?? ofPod.appArmorProfile),
    procMount: own.procMount === 'Unmasked' ? 'Unmasked' : undefined,
  });
}

/** Of a field that is younger than the package with the types. */
export function hasStrictGroups({ spec }: Pick<Pod, 'spec'>): boolean {
  const security = spec?.securityContext ?? {};
  return 'supplementalGroupsPolicy' in security && security.supplementalGroupsPolicy === 'Strict';
}

/** In the kubelet's words (verifyRunAsNonRoot); undefined: it is not root. */
function nonRootFault(runAsUser: number | undefined, imageUser: string | undefined): string | undefined {
  if (runAsUser !== undefined) {
    return runAsUser === 0 ? "container's runAsUser breaks non-root policy" : undefined;
  }
  if (imageUser === undefined || Number(imageUser) === 0) {
    return 'container has runAsNonRoot and image will run as root';
  }
  if (Number.isInteger(Number(imageUser))) return undefined;
  return `container has runAsNonRoot and image has non-numeric user (${imageUser}), cannot verify user is non-root`;
}

function profileOf(
  profile: { type: string; localhostProfile?: string } | undefined,
): SecurityProfile | undefined {
  switch (profile?.type) {
    case 'RuntimeDefault':
    case 'Unconfined':
      return { type: profile.type };
    case 'Localhost':
      return { type: 'Localhost', localhost: profile.localhostProfile ?? '' };
    default:
      return undefined;
  }
}

type Known<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what is undefined. */
function known<T extends object>(values: T): Known<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Known<T>;
}
