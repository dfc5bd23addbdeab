// What the states of a pod amount to, one track for each thing that can be seen of it: its phase, each condition, each
// container. Two recordings of one story differ in what happened to fall together; their tracks do not. Pure.

import type { ContainerStatus, PodStatus } from '../../../shared/api/index.ts';
import type { SeenState } from './story.ts';

/** `phase`, `condition Ready`, `container c` → what it was, one after another. */
export type Tracks = Map<string, string[]>;

export function tracksOf(states: readonly SeenState[]): Tracks {
  const tracks: Tracks = new Map();
  const note = (name: string, value: string) => {
    const track = tracks.get(name) ?? [];
    if (track.at(-1) !== value) tracks.set(name, [...track, value]);
  };
  for (const { status } of states) {
    if (!status) continue;
    note('phase', words(status.phase, status.reason, status.message));
    for (const { type, status: value, reason, message } of status.conditions ?? [])
      note(`condition ${type}`, words(value, reason, message));
    for (const container of containersOf(status)) {
      note(`container ${container.name}`, stateOf(container.state, container.restartCount));
      note(`end of ${container.name}`, stateOf(container.lastState));
      note(`health of ${container.name}`, words(container.ready && 'ready', container.started && 'started'));
    }
  }
  return tracks;
}

/** The conditions' order, as last shown. */
export function conditionOrder(states: readonly SeenState[]): string {
  const last = states.filter(({ status }) => status?.conditions).at(-1)?.status;
  return (last?.conditions ?? []).map(({ type }) => type).join(' ');
}

function containersOf(status: PodStatus): ContainerStatus[] {
  return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
}

function stateOf(state: ContainerStatus['state'], restarts?: number): string {
  const { waiting, running, terminated } = state ?? {};
  const count = restarts === undefined ? undefined : `restarts=${restarts}`;
  if (waiting) return words('waiting', waiting.reason, waiting.message, count);
  if (running) return words('running', count);
  if (!terminated) return words(count);
  const { reason, exitCode, message } = terminated;
  return words('terminated', reason, String(exitCode), message, count);
}

function words(...parts: (string | false | undefined)[]): string {
  return parts.filter(Boolean).join(' ');
}
