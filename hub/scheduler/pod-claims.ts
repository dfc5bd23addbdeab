// A pod's claims as the scheduler sees them: bound ones have a place, delayed ones get theirs with the pod, and on all
// others it has to wait. Pure, after upstream's volume binder (pkg/scheduler/framework/plugins/volumebinding).

import {
  bindCompleted,
  claimNameOf,
  classOf,
  matchesTerm,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  requestOf,
  selectedNode,
  volumeFor,
} from '../../shared/api/index.ts';
import { controllerOf, type Live } from '../../shared/machinery/index.ts';
import type { Candidate } from './cluster.ts';
import type { Hopeless } from './filters/filter.ts';
import type { Volumes } from './volumes.ts';

type Claim = Live<PersistentVolumeClaim>;

export interface PodClaims {
  bound: Claim[];
  /** Unbound, of classes that wait for the first consumer; the smallest first. */
  delayed: Claim[];
}

/** What is to be done before the pod can run on its node. */
export interface VolumePlan {
  bind: { claim: Claim; volume: Live<PersistentVolume> }[];
  /** Claims for which the class's provisioner is told the node. */
  provision: Claim[];
}

const noProvisioner = 'kubernetes.io/no-provisioner';

export function podClaims(pod: Pod, volumes: Volumes): PodClaims | Hopeless {
  const found: PodClaims = { bound: [], delayed: [] };
  let mustWait = false;
  for (const volume of pod.spec?.volumes ?? []) {
    const name = claimNameOf(pod, volume);
    if (name === undefined) continue;
    const claim = volumes.claim(pod.metadata?.namespace ?? '', name);
    const fault = claimFault(pod, name, claim, volume.ephemeral !== undefined);
    if (fault !== undefined || !claim) return { message: fault ?? '' };
    if (isBound(claim)) found.bound.push(claim);
    else if (isDelayed(claim, volumes)) found.delayed.push(claim);
    else mustWait = true;
  }
  if (mustWait) return { message: 'pod has unbound immediate PersistentVolumeClaims' };
  found.delayed.sort((a, b) => requestOf(a).compare(requestOf(b)));
  return found;
}

function claimFault(
  pod: Pod,
  name: string,
  claim: Claim | undefined,
  isEphemeral: boolean,
): string | undefined {
  const quoted = JSON.stringify(name);
  if (!claim && isEphemeral)
    return `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoted}`;
  if (!claim) return `persistentvolumeclaim ${quoted} not found`;
  if (isEphemeral && controllerOf(claim)?.uid !== pod.metadata?.uid) {
    const { namespace } = claim.metadata;
    return `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata?.name} (pod is not owner)`;
  }
  if (claim.status?.phase === 'Lost') {
    const volume = JSON.stringify(claim.spec?.volumeName ?? '');
    return `persistentvolumeclaim ${quoted} bound to non-existent persistentvolume ${volume}`;
  }
  return claim.metadata.deletionTimestamp ? `persistentvolumeclaim ${quoted} is being deleted` : undefined;
}

function isBound({ metadata, spec }: Claim): boolean {
  return Boolean(spec?.volumeName) && metadata.annotations?.[bindCompleted] !== undefined;
}

/** A claim that names its volume waits for that one, whatever its class. */
function isDelayed(claim: Claim, volumes: Volumes): boolean {
  if (claim.spec?.volumeName) return false;
  return classFor(claim, volumes)?.volumeBindingMode === 'WaitForFirstConsumer';
}

function classFor({ metadata, spec }: Claim, volumes: Volumes) {
  return volumes.storageClass(classOf(metadata, spec?.storageClassName));
}

/** Whether the volume can be reached from the node. */
export function isReachable({ spec }: PersistentVolume, { node }: Candidate): boolean {
  const terms = spec?.nodeAffinity?.required?.nodeSelectorTerms;
  return !terms || terms.some((term) => matchesTerm(term, node));
}

/** How each delayed claim gets its volume on the node; undefined: one of them does not. */
export function planDelayed(
  claims: readonly Claim[],
  candidate: Candidate,
  volumes: Volumes,
): VolumePlan | undefined {
  const plan: VolumePlan = { bind: [], provision: [] };
  for (const claim of claims) {
    const selected = claim.metadata.annotations?.[selectedNode];
    if (selected !== undefined && selected !== candidate.node.metadata.name) return undefined;
    const taken = new Set(plan.bind.map(({ volume }) => volume.metadata.name));
    const volume =
      selected === undefined &&
      volumeFor(claim, volumes.volumesFor(claim), {
        suits: (each) => !taken.has(each.metadata.name) && isReachable(each, candidate),
      });
    if (volume) plan.bind.push({ claim, volume });
    else if (canProvision(claim, candidate, volumes)) plan.provision.push(claim);
    else return undefined;
  }
  return plan;
}

function canProvision(claim: Claim, { node }: Candidate, volumes: Volumes): boolean {
  const { provisioner, allowedTopologies: topologies = [] } = classFor(claim, volumes) ?? {};
  if (!provisioner || provisioner === noProvisioner) return false;
  if (topologies.length === 0) return true;
  return topologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key, values }) => values.includes(node.metadata.labels?.[key] ?? '')),
  );
}

/** For the node that was chosen; undefined: all claims are bound. */
export function planVolumes(pod: Pod, candidate: Candidate, volumes: Volumes): VolumePlan | undefined {
  const claims = podClaims(pod, volumes);
  if ('message' in claims || claims.delayed.length === 0) return undefined;
  return planDelayed(claims.delayed, candidate, volumes);
}

/** The pod can run on no other node than the one that has its volume. */
export function hasLocalVolume(pod: Pod, volumes: Volumes): boolean {
  const claims = podClaims(pod, volumes);
  if ('message' in claims) return false;
  return claims.bound.some(({ spec }) => volumes.volume(spec?.volumeName ?? '')?.spec?.local !== undefined);
}
