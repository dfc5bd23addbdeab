// From what the kubelet wants to podman's request for a container (SpecGenerator of its REST API). Pure.

import { join } from 'node:path';
import type {
  ContainerMount,
  ContainerResources,
  ContainerSecurity,
  ContainerSpec,
  Sandbox,
} from '../runtime.ts';
import { RuntimeFailure } from '../runtime.ts';
import type { Labels } from './labels.ts';
import type { Identity } from './plan-identity.ts';
import { hostNamespaces } from './plan-pod-sandbox.ts';

export interface ContainerPlan {
  spec: ContainerSpec;
  sandbox: Sandbox;
  name: string;
  labels: Labels;
  /** podman's id of the pod. */
  pod: string;
  imageId: string;
  identity: Identity;
  /** The file on the board that holds the last words; undefined: the pod names no place for them. */
  lastWordsPath: string | undefined;
  /** Bytes after which conmon begins a new log. */
  logBound: number;
  /** Where Localhost profiles of seccomp lie. */
  seccompFolder: string;
  /** The board can limit swap. */
  limitsSwap: boolean;
  /** Of the container whose processes it shares; undefined: as its pod has it. */
  targetPid?: number | undefined;
}

/** Throws RuntimeFailure(CreateContainerConfigError). */
export function planContainer(plan: ContainerPlan): object {
  const { spec, name, labels, pod, imageId, lastWordsPath, logBound } = plan;
  const { terminationMessagePath } = spec;
  const lastWords: ContainerMount[] =
    lastWordsPath && terminationMessagePath
      ? [{ hostPath: lastWordsPath, containerPath: terminationMessagePath, readOnly: false }]
      : [];
  return {
    name,
    labels,
    pod,
    ...hostNamespaces(plan.sandbox),
    // By its path: podman would not remove a container of which it knows that another shares it.
    ...(plan.targetPid !== undefined && {
      pidns: { nsmode: 'path', value: `/proc/${plan.targetPid}/ns/pid` },
    }),
    image: imageId,
    ...(spec.command.length > 0 && { entrypoint: spec.command }),
    ...(spec.args.length > 0 && { command: spec.args }),
    ...(spec.workingDir && { work_dir: spec.workingDir }),
    // As runc does it for containerd.
    create_working_dir: true,
    env: Object.fromEntries(spec.env.map(({ name: key, value }) => [key, value])),
    mounts: [...spec.mounts, ...lastWords].map(bind),
    log_configuration: { driver: 'k8s-file', path: spec.logPath, size: logBound },
    oom_score_adj: spec.oomScoreAdj,
    stdin: spec.stdin ?? false,
    terminal: spec.tty ?? false,
    // The kubelet restarts; podman must not, nor pass on the agent's own proxy settings.
    restart_policy: 'no',
    env_host: false,
    httpproxy: false,
    resource_limits: planResources(spec.resources ?? {}, plan.limitsSwap),
    ...plan.identity,
    ...securityOf(spec.securityContext ?? {}, plan),
  };
}

function bind({ hostPath, containerPath, readOnly, propagation = 'private' }: ContainerMount): object {
  const options = ['rbind', readOnly ? 'ro' : 'rw', propagation === 'private' ? 'rprivate' : propagation];
  return { type: 'bind', source: hostPath, destination: containerPath, options };
}

const periodMicros = 100_000;
/** The kernel's least. */
const shortestQuotaMicros = 1000;
const fewestShares = 2;
const mostShares = 262_144;
/** podman's own bound is one that nobody asked for; crun takes no -1. */
const asManyAsTheBoard = 0;

/** LinuxResources of the OCI runtime spec. */
export function planResources(
  { cpuMillis, cpuRequestMillis = 0, memoryBytes, pids = asManyAsTheBoard }: ContainerResources,
  limitsSwap: boolean,
): object {
  const quota =
    cpuMillis === undefined ? undefined : Math.max(shortestQuotaMicros, (cpuMillis * periodMicros) / 1000);
  // Also who asks for nothing: what the kernel gives by itself is as much as a whole core.
  const shares = Math.min(mostShares, Math.max(fewestShares, Math.floor((cpuRequestMillis * 1024) / 1000)));
  return {
    cpu: {
      shares,
      ...(quota !== undefined && { quota: Math.ceil(quota), period: periodMicros }),
    },
    // As the kubelet without swap: what memory may not hold is not put aside either.
    ...(memoryBytes !== undefined && {
      memory: { limit: memoryBytes, ...(limitsSwap && { swap: memoryBytes }) },
    }),
    pids: { limit: pids },
  };
}

function securityOf(security: ContainerSecurity, { seccompFolder }: ContainerPlan): object {
  const { addCapabilities = [], dropCapabilities = [] } = security;
  return {
    privileged: security.privileged ?? false,
    read_only_filesystem: security.readOnlyRootFilesystem ?? false,
    // podman would put tmpfs over /tmp and more of it; Kubernetes means what it says.
    read_write_tmpfs: false,
    no_new_privileges: security.allowPrivilegeEscalation === false,
    cap_add: addCapabilities.map(capability),
    cap_drop: dropCapabilities.map(capability),
    ...seccompOf(security, seccompFolder),
    ...appArmorOf(security),
    ...(security.procMount === 'Unmasked' && { unmask: ['ALL'] }),
  };
}

function capability(name: string): string {
  const upper = name.toUpperCase();
  return upper === 'ALL' || upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
}

function seccompOf({ seccomp }: ContainerSecurity, folder: string): object {
  if (seccomp?.type === 'Unconfined') return { seccomp_profile_path: 'unconfined' };
  if (seccomp?.type !== 'Localhost') return {};
  const path = join(folder, seccomp.localhost ?? '');
  if (!path.startsWith(`${folder}/`)) {
    throw new RuntimeFailure(
      'CreateContainerConfigError',
      `seccompProfile.localhostProfile: ${seccomp.localhost}: must stay within ${folder}`,
    );
  }
  return { seccomp_profile_path: path };
}

function appArmorOf({ appArmor }: ContainerSecurity): object {
  if (appArmor?.type === 'Unconfined') return { apparmor_profile: 'unconfined' };
  return appArmor?.type === 'Localhost' ? { apparmor_profile: appArmor.localhost } : {};
}
