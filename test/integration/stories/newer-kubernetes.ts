// What Kubernetes 1.32 says where the recorded 1.21 said something else, and what another runtime says in words of its own.
// Each rule names what it knows. Pure.

import type { PodCondition, PodStatus } from '../../../shared/api/index.ts';
import type { SeenEvent, SeenState, Story } from './story.ts';

/** A pod whose containers have ended shows how it ended, also while it is deleted; 1.21 left it Running until it was gone. */
function ended(status: PodStatus, isDeleted: boolean): PodStatus {
  const ends = (status.containerStatuses ?? []).map(({ state }) => state?.terminated);
  if (!isDeleted || ends.length === 0 || !ends.every(Boolean)) return status;
  if (status.phase === 'Failed' || status.phase === 'Succeeded') return status;
  const phase = ends.every((end) => end?.exitCode === 0) ? 'Succeeded' : 'Failed';
  const reason = 'PodCompleted';
  const conditions = (status.conditions ?? []).map((condition): PodCondition => {
    if (phase === 'Failed' || condition.type === 'PodScheduled') return condition;
    const { message: _, ...rest } = condition;
    return { ...rest, reason };
  });
  return { ...status, phase, conditions };
}

/** Ready and ContainersReady of a failed pod have the reason PodFailed (1.25). */
function failed(status: PodStatus): PodStatus {
  if (status.phase !== 'Failed' || !status.conditions) return status;
  const conditions = status.conditions.map(({ type, message, ...rest }): PodCondition => {
    const isReadiness = type === 'Ready' || type === 'ContainersReady';
    return isReadiness
      ? { ...rest, type, status: 'False', reason: 'PodFailed' }
      : { ...rest, type, ...(message !== undefined && { message }) };
  });
  return { ...status, conditions };
}

/** A pod is not Failed before all of its containers have ended (1.27). */
function stillRunning(status: PodStatus): PodStatus {
  const runs = (status.containerStatuses ?? []).some(({ state }) => state?.running);
  if (status.phase !== 'Failed' || !runs) return status;
  const { reason: _, message: __, ...rest } = status;
  return { ...rest, phase: 'Running' };
}

export function newerStates(states: readonly SeenState[]): SeenState[] {
  let isDeleted = false;
  return states.map((state) => {
    isDeleted ||= state.metadata?.deletionTimestamp !== undefined;
    const { status } = state;
    return status ? { ...state, status: failed(stillRunning(ended(status, isDeleted))) } : state;
  });
}

/** Said no longer, or said by that very cluster alone. */
const gone = [
  // Start-up noise of the recorded cluster.
  /failed to sync configmap cache|failed to sync secret cache/,
  // RelaxedEnvironmentVariableValidation (1.32): any printable name will do.
  /were skipped since they are considered invalid environment variable names/,
];

export function newerEvents(events: readonly SeenEvent[]): SeenEvent[] {
  return events
    .filter(({ message, source }) => source !== '' && !gone.some((one) => one.test(message)))
    .map((event) => ({
      ...event,
      source: event.source.replace(/^taint-controller$/, 'taint-eviction-controller'),
      message: newerWords(event.message),
    }));
}

/** `[pattern of what 1.21 said, what is said now]` */
const words: [RegExp, string][] = [
  [/^Created container (?!:)/, 'Created container: '],
  [/^(Back-off restarting failed container)$/, '$1 ANY in pod ANY'],
  // So that no secrets of the hook's output are in events (1.25).
  [/^(?:Exec|HTTP) lifecycle hook .*/s, 'ANYHook failed'],
  [/^waiting PostStartHookError: .*? (Exec lifecycle|HTTP lifecycle)/s, 'waiting PostStartHookError $1'],
  [/^(waiting PostStartHookError HTTP .*), message: ""/s, '$1'],
  [/8080\/\//g, '8080/'],
  [/not whitelisted/, 'not allowlisted'],
  [/had taint (\{[^}]*\}), that the pod didn't tolerate/, 'had untolerated taint $1'],
  [/^Failed (\w+) Pod forbidden/, 'Failed $1 Pod was rejected: forbidden'],
  [/available: 1 persistentvolumeclaim/, 'available: persistentvolumeclaim'],
  [/^Readiness probe failed: $/, 'Readiness probe failed: ANY'],
  [/^(Readiness probe warning: ).*/, '$1Probe terminated redirects, Response body: ANY'],
  [/^(Back-off pulling image "[^"]*")/, '$1ANYTHING'],
  [/^(waiting ImagePullBackOff Back-off pulling image "[^"]*")/, '$1: ErrImagePull: ANY'],
  [/^(Successfully pulled image "[^"]*" in) .*/, '$1 ANY'],
  [/couldn't parse image reference/, "couldn't parse image name"],
];

/** A runtime's own words for what it could not do. */
const ofRuntimes: [RegExp, string][] = [
  [/(?:failed to create (?:containerd|shim) task: |OCI runtime create failed: |runc create failed: )+/, ''],
  [
    /rpc error: .*? desc = failed to exec in container: failed to start exec "ID\d+": OCI runtime exec failed: exec failed: unable to start container process:/,
    'failed to exec in container:',
  ],
  [/^(waiting ErrImagePull|Failed to pull image "[^"]*":) .*?( restarts=\d+)?$/s, '$1 ANY$2'],
  [/(invalid reference format): repository name must be lowercase/, '$1'],
];

export function newerWords(text: string): string {
  return [...ofRuntimes, ...words].reduce((said, [pattern, now]) => said.replace(pattern, now), text);
}

export function newer(story: Story): Story {
  const pods = new Map([...story.pods].map(([name, states]) => [name, newerStates(states)]));
  return { ...story, pods, events: newerEvents(story.events) };
}
