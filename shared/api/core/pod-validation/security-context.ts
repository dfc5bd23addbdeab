// Under which user and with which rights a pod and its containers run.

import type {
  AppArmorProfile,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from 'kubernetes-types/core/v1';
import { type FieldError, type FieldPath, faults, inRange } from '../../../machinery/index.ts';
import { descending } from './paths.ts';
import { oneOf } from './rules.ts';
import { validateWindowsOptions } from './windows-options.ts';

const highestId = 2147483647;

/** A user or group; absent is valid. */
function id(value: number | undefined, path: FieldPath): FieldError[] {
  if (value === undefined) return [];
  return inRange(value, 0, highestId).map((text) => faults.invalid(path, value, text));
}

/** `path` is that of the pod's security context. Host namespaces are spec fields, but upstream reports them here. */
export function validatePodSecurityContext(spec: PodSpec, path: FieldPath): FieldError[] {
  const context = spec.securityContext ?? {};
  const policy = context.fsGroupChangePolicy;
  const detail = 'ShareProcessNamespace and HostPID cannot both be enabled';
  return [
    ...id(context.fsGroup, path.child('fsGroup')),
    ...id(context.runAsUser, path.child('runAsUser')),
    ...id(context.runAsGroup, path.child('runAsGroup')),
    ...(context.supplementalGroups ?? []).flatMap((group, position) =>
      id(group, path.child('supplementalGroups').index(position)),
    ),
    ...(spec.shareProcessNamespace && spec.hostPID
      ? [faults.invalid(path.child('shareProcessNamespace'), true, detail)]
      : []),
    ...validateSysctls(context.sysctls ?? [], spec, path.child('sysctls')),
    ...(policy === undefined
      ? []
      : oneOf(policy, ['Always', 'OnRootMismatch'], path.child('fsGroupChangePolicy'))),
    ...validateSeccomp(context.seccompProfile, path.child('seccompProfile')),
    ...validateWindowsOptions(context.windowsOptions, path.child('windowsOptions')),
    ...validateAppArmor(context.appArmorProfile, path.child('appArmorProfile')),
  ];
}

const segment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const sysctlFormat = `^(${segment}[\\./])*${segment}$`;
const sysctlName = new RegExp(sysctlFormat);

function validateSysctls(sysctls: readonly Sysctl[], spec: PodSpec, path: FieldPath): FieldError[] {
  const taken = new Set<string>();
  return sysctls.flatMap(({ name }, position) => {
    const at = path.index(position).child('name');
    const found = validateSysctlName(name, taken, at);
    taken.add(name);
    const inNetwork = /^net[./]/.test(name);
    const inIpc = /^(kernel[./](shm|msg|sem)|fs[./]mqueue[./])/.test(name);
    if (spec.hostNetwork && inNetwork) {
      found.push(faults.invalid(at, name, "may not be specified when 'hostNetwork' is true"));
    } else if (spec.hostIPC && inIpc) {
      found.push(faults.invalid(at, name, "may not be specified when 'hostIPC' is true"));
    }
    return found;
  });
}

function validateSysctlName(name: string, taken: ReadonlySet<string>, path: FieldPath): FieldError[] {
  if (!name) return [faults.required(path)];
  if (name.length > 253 || !sysctlName.test(name)) {
    return [faults.invalid(path, name, `must have at most 253 characters and match regex ${sysctlFormat}`)];
  }
  return taken.has(name) ? [faults.duplicate(path, name)] : [];
}

export function validateSecurityContext(
  context: SecurityContext | undefined,
  hostUsers: boolean,
  path: FieldPath,
): FieldError[] {
  if (!context) return [];
  return [
    ...id(context.runAsUser, path.child('runAsUser')),
    ...id(context.runAsGroup, path.child('runAsGroup')),
    ...validateProcMount(context.procMount, hostUsers, path.child('procMount')),
    ...validateSeccomp(context.seccompProfile, path.child('seccompProfile')),
    ...validateEscalation(context, path),
    ...validateWindowsOptions(context.windowsOptions, path.child('windowsOptions')),
    ...validateAppArmor(context.appArmorProfile, path.child('appArmorProfile')),
  ];
}

function validateProcMount(mount: string | undefined, hostUsers: boolean, path: FieldPath): FieldError[] {
  if (mount === undefined) return [];
  const unmaskedOnHost = hostUsers && mount === 'Unmasked';
  const detail = '`hostUsers` must be false to use `Unmasked`';
  return [
    ...oneOf(mount, ['Default', 'Unmasked'], path),
    ...(unmaskedOnHost ? [faults.invalid(path, mount, detail)] : []),
  ];
}

function validateEscalation(context: SecurityContext, path: FieldPath): FieldError[] {
  if (context.allowPrivilegeEscalation !== false) return [];
  const contradiction = 'cannot set `allowPrivilegeEscalation` to false and';
  const admin = (context.capabilities?.add ?? []).filter((name) => name === 'CAP_SYS_ADMIN');
  return [
    ...(context.privileged ? [faults.invalid(path, context, `${contradiction} \`privileged\` to true`)] : []),
    ...admin.map(() => faults.invalid(path, context, `${contradiction} \`capabilities.Add\` CAP_SYS_ADMIN`)),
  ];
}

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];

function validateSeccomp(profile: SeccompProfile | undefined, path: FieldPath): FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile } = profile;
  const at = path.child('localhostProfile');
  const found = validateProfileType(type, 'seccompProfile', path);
  if (type !== 'Localhost') {
    if (localhostProfile === undefined) return found;
    return [...found, faults.invalid(at, profile, 'can only be set when seccomp type is Localhost')];
  }
  if (localhostProfile === undefined) {
    return [...found, faults.required(at, 'must be set when seccomp type is Localhost')];
  }
  return [...found, ...descending(localhostProfile, at)];
}

function validateProfileType(type: string, field: string, path: FieldPath): FieldError[] {
  const at = path.child('type');
  if (!type) return [faults.required(at, `type is required when ${field} is set`)];
  return oneOf(type, profileTypes, at);
}

export function validateAppArmor(profile: AppArmorProfile | undefined, path: FieldPath): FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile: local } = profile;
  const at = path.child('localhostProfile');
  if (type !== 'Localhost') {
    const found = validateProfileType(type, 'appArmorProfile', path);
    if (found.length > 0 || local === undefined) return found;
    return [faults.invalid(at, local, 'can only be set when AppArmor type is Localhost')];
  }
  const found: FieldError[] = [];
  if (!local?.trim()) found.push(faults.required(at, 'must be set when AppArmor type is Localhost'));
  else if (local.trim() !== local) {
    found.push(faults.invalid(at, local, 'must not be padded with whitespace'));
  }
  if ((local?.length ?? 0) > 4095) found.push(faults.tooLong(at, 4095));
  return found;
}
