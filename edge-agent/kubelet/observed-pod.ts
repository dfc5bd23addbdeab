// What the kubelet knows of one pod at one moment: everything that planning and the status are computed from.

import type { Pod } from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type { RuntimeContainer } from '../runtime/index.ts';
import type { PodFailure, Resources } from './pod-notes.ts';

/** Why a container does not run although it should, and when to try again. */
export interface Setback {
  reason: string;
  message: string;
  /** Milliseconds from now; 0: at once. */
  retryInMs: number;
}

export interface Room {
  cpuMillis: number;
  memoryBytes: number;
}

export type ObservedContainer = RuntimeContainer & {
  /** Only for exited ones: milliseconds since then, by a clock that does not jump. */
  exitedForMs?: number;
  /** Being stopped: milliseconds until it is killed. */
  stoppingMs?: number;
  /** It will be stopped when its turn comes; its preStop hook runs, or ran. */
  announced?: true;
  /** Its startup probe succeeded, or it has none. */
  started: boolean;
  /** Its readiness probe succeeds, or it has none. */
  ready: boolean;
  /** Its postStart hook runs. */
  hooked?: true;
  /** From before the board was started again. */
  earlier?: true;
  /** The kubelet ended it. */
  killed?: true;
  /** The probe that says it must be restarted. */
  failedProbe?: 'liveness' | 'startup';
};

export interface ObservedPod {
  /** The spec that is wanted; of a pod that is gone: the last one known. */
  pod: Live<Pod>;
  /** Gone from the desired state, or every pod of this node is to stop. */
  unwanted: boolean;
  /** Volumes and network are there. */
  prepared: boolean;
  /** What its containers share ended by itself; `new`: nothing has been said or done about it. */
  lost?: 'new' | 'noted';
  /** Every container of this pod that the runtime knows. */
  containers: readonly ObservedContainer[];
  /** By container name; the empty name stands for the pod as a whole. */
  setbacks: ReadonlyMap<string, Setback>;
  /** By container name: how often it ended soon after its start, without a long run between. */
  crashes: ReadonlyMap<string, number>;
  /** By container name: how far the pull of its image is, where that takes long. */
  pulls: ReadonlyMap<string, string>;
  /** The pod must not run (any more): Failed with this reason. */
  failed?: PodFailure;
  /** By container name: what it was started with, or brought to since. */
  resources: ReadonlyMap<string, Resources>;
  /** Limits can be changed while a container runs. */
  canResize: boolean;
  /** What pods may use here together, and what the others leave to this one. */
  room: { whole: Room; free: Room };
  /** Milliseconds since the kubelet first saw the pod. */
  activeForMs: number;
  /** Milliseconds since its termination began. */
  terminatingForMs?: number;
  /** It was reported as terminated and everything of it is removed. */
  cleaned: boolean;
}

/** By falling attempt: the newest first. */
export function historyOf(observed: ObservedPod, name: string): ObservedContainer[] {
  return observed.containers.filter((one) => one.name === name).sort((a, b) => b.attempt - a.attempt);
}

export function newestOf(observed: ObservedPod, name: string): ObservedContainer | undefined {
  return historyOf(observed, name)[0];
}

/** Deleted by the API, or no longer wanted here. */
export function isTerminating(observed: ObservedPod): boolean {
  return observed.unwanted || observed.pod.metadata.deletionTimestamp !== undefined;
}

/** Init containers do not run again once a main container was started, unless the board was. */
export function mainsWereStarted(observed: ObservedPod): boolean {
  const newest = (observed.pod.spec?.containers ?? []).map(({ name }) => newestOf(observed, name));
  return newest.some((container) => container && !container.earlier);
}
