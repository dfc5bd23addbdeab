// A story that was recorded from Kubernetes: what was applied, what was done to it and when, and what could be seen of it.

import { readFileSync } from 'node:fs';
import { parse, parseAllDocuments } from 'yaml';
import type { Pod, PodStatus } from '../../../shared/api/index.ts';

export interface SeenState {
  /** Seconds since the first object of the story was made. */
  t: number;
  event?: 'ADDED' | 'DELETED';
  metadata?: { deletionTimestamp?: string };
  /** Absent in a recording: as before. */
  status?: PodStatus;
}

export interface SeenEvent {
  t: number;
  type: string;
  reason: string;
  /** The component. */
  source: string;
  /** `pod/p` */
  object: string;
  message: string;
  /** The field path. */
  field?: string;
}

export interface Command {
  t: number;
  cmd: string;
}

export interface Story {
  name: string;
  /** Each with when it was applied. */
  objects: { t: number; object: StoryObject }[];
  /** What else was done, in order. */
  commands: Command[];
  /** Name → its states, in order. */
  pods: Map<string, SeenState[]>;
  events: SeenEvent[];
}

export interface StoryObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  spec?: Pod['spec'];
}

interface Recording {
  manifest: string;
  pods?: Record<string, SeenState[]>;
  events?: (SeenEvent & { reportingComponent?: string })[];
  commands?: Command[];
}

/** What ends pods, and for how long that may be seen, seconds. */
const endings: readonly [deed: RegExp, seconds: number][] = [
  [/^apply$/, 2], // others make room
  [/ taint .*:No/, 6],
  [/eviction/, 2],
  [/ delete (?!cm|secret|svc)| drain | scale /, Number.POSITIVE_INFINITY],
];
const aboutPod = /\bpods?[ /]/;

/** Seconds until whoever recorded it cleared away, without a word. */
export function clearedAt({ pods, objects, commands, events }: Story): number {
  const deeds = [...objects.map(({ t }) => ({ t, cmd: 'apply' })), ...commands];
  const isTold = (pod: string, t: number) =>
    deeds.some(
      ({ t: at, cmd }) =>
        endings.some(([deed, seconds]) => deed.test(cmd) && t >= at - 0.3 && t <= at + seconds) &&
        (!aboutPod.test(cmd) || new RegExp(`[ /]${pod}\\b`).test(cmd)),
    );
  const untold = [...pods].flatMap(([pod, states]) => {
    const deleted = states.find(({ metadata }) => metadata?.deletionTimestamp !== undefined);
    return deleted && !isTold(pod, deleted.t) ? [deleted.t] : [];
  });
  const killed = events.filter(({ reason }) => reason === 'DeadlineExceeded' || reason === 'Evicted');
  const first = Math.min(...untold, Number.POSITIVE_INFINITY);
  return killed.some(({ t }) => t >= first) ? Number.POSITIVE_INFINITY : first - 0.2;
}

const changes =
  /^kubectl (delete|patch|label|set|scale|taint|create (configmap|secret|--raw)|exec \S+ -- sh -c (rm|touch))\b|^POST |^\(kubelet (stopped|started)/;

export function readStory(folder: 'pods' | 'stories', name: string): Story {
  const url = new URL(`../../fixtures/${folder}/${name}.yaml`, import.meta.url);
  const { manifest, pods = {}, events = [], commands = [] }: Recording = parse(readFileSync(url, 'utf8'));
  const objects = parseAllDocuments(manifest).flatMap((document) => {
    const object: StoryObject | null = document.toJS();
    return object ? [object] : [];
  });
  const applied = commands.filter(({ cmd }) => cmd === 'kubectl apply');
  return {
    name,
    objects: objects.map((object, at) => ({ t: applied[at]?.t ?? applied.at(-1)?.t ?? 0, object })),
    commands: commands.filter(({ cmd }) => changes.test(cmd)),
    pods: new Map(Object.entries(pods)),
    events: events.map(({ reportingComponent = '', source, ...event }) => ({
      ...event,
      source: source || reportingComponent,
    })),
  };
}
