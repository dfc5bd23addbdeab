// Whether what was seen here is what was recorded: every step of a track in its order, and between two steps nothing but a
// moment that the other side may not have looked at. Pure.

import { newer, newerWords } from './newer-kubernetes.ts';
import type { SeenEvent, SeenState, Story } from './story.ts';
import { conditionOrder, tracksOf } from './tracks.ts';

export interface Seen {
  statesOf(pod: string): SeenState[];
  events: SeenEvent[];
}

/** What was recorded is left out, as this must be otherwise here. */
export interface Difference {
  /** `pod track` or `pod Reason`. */
  about: RegExp;
  why: string;
}

/** What lasts too short to be seen each time; never a track's last step. */
const moments: [track: RegExp, step: RegExp][] = [
  [/^phase/, /^Running$/],
  [/^condition (Ready|ContainersReady)/, /^True$|^False ContainersNotReady/],
  [
    /^container/,
    /^running|^terminated|^waiting (PodInitializing|ContainerCreating|RunContainerError|PostStartHookError|ErrImagePull)/,
  ],
  [/^(end|health) of/, /./],
];

/** Answers each difference in words; empty: it is the same story. `until`: seconds of the recording that were told. */
export function compare(story: Story, seen: Seen, until: number, known: readonly Difference[]): string[] {
  const { name, events } = newer(story);
  return [
    ...comparePods(story, seen, until, known),
    ...eventFaults(events, seen.events, until, knownIn(name, known)),
  ];
}

/** What is seen of the pods alone. */
export function comparePods(story: Story, seen: Seen, until: number, known: readonly Difference[]): string[] {
  const { name, pods } = newer(story);
  const isKnown = knownIn(name, known);
  return [...pods].flatMap(([pod, states]) =>
    podFaults(
      pod,
      states.filter(({ t }) => t <= until),
      seen.statesOf(pod),
      isKnown,
    ),
  );
}

type Known = (about: string) => boolean;

const knownIn =
  (story: string, known: readonly Difference[]): Known =>
  (about) =>
    known.some((one) => one.about.test(`${story} ${about}`));

function podFaults(
  pod: string,
  recorded: readonly SeenState[],
  here: readonly SeenState[],
  isKnown: Known,
): string[] {
  const faults: string[] = [];
  const ours = tracksOf(here);
  const theirs = tracksOf(recorded);
  const lasts = [...theirs].some(
    ([track, steps]) => track.startsWith('container') && steps.at(-1)?.startsWith('running'),
  );
  for (const [track, steps] of theirs) {
    const wanted = steps.map(newerWords);
    const found = ours.get(track) ?? [];
    if (isKnown(`${pod} ${track}`) || follows(track, wanted, found, lasts)) continue;
    const list = (lines: readonly string[]) => lines.join('\n             ');
    faults.push(`${pod} ${track}:\n    recorded ${list(wanted)}\n    here     ${list(found)}`);
  }
  const order = conditionOrder(recorded);
  // Newer versions have these.
  const orderHere = conditionOrder(here).replace(/DisruptionTarget |PodReadyToStartContainers /g, '');
  if (order !== orderHere && !isKnown(`${pod} order`))
    faults.push(`${pod} conditions: recorded ${order}, here ${orderHere}`);
  return faults;
}

function eventFaults(
  recorded: readonly SeenEvent[],
  here: readonly SeenEvent[],
  until: number,
  isKnown: Known,
): string[] {
  const faults: string[] = [];
  const about = ({ object, reason, message }: SeenEvent) =>
    `${object.replace('pod/', '')} ${reason} ${message}`;
  const line = (event: SeenEvent) =>
    [event.object, event.field, event.type, event.reason, event.source, event.message]
      .filter(Boolean)
      .join(' ');
  // In order for each container, and for each object as a whole.
  const topics = new Map<string, SeenEvent[]>();
  for (const event of recorded) {
    const topic = `${event.object} ${event.field ?? ''}`;
    topics.set(topic, [...(topics.get(topic) ?? []), event]);
  }
  for (const [topic, events] of topics) {
    const wanted = firsts(events.filter((event) => event.t <= until && !isKnown(about(event))).map(line));
    const found = firsts(here.filter(({ object, field }) => `${object} ${field ?? ''}` === topic).map(line));
    let at = 0;
    for (const text of wanted) {
      const next = found.findIndex((one, index) => index >= at && means(text, one));
      if (next < 0) faults.push(`event ${text}: not among, or not in this order: ${found.join('; ')}`);
      else at = next + 1;
    }
  }
  const all = recorded.map(line);
  for (const event of here) {
    if (!isKnown(about(event)) && !all.some((text) => means(text, line(event))))
      faults.push(`event ${line(event)}: nobody recorded it`);
  }
  return [...new Set(faults)];
}

const firsts = (lines: readonly string[]) => [...new Set(lines)];

/** `lasts`: it runs on; where nothing does, its readiness may have come and gone unseen. */
function follows(
  track: string,
  recorded: readonly string[],
  here: readonly string[],
  lasts: boolean,
): boolean {
  const isMoment = (step: string) => moments.some(([of, words]) => of.test(track) && words.test(step));
  const isFlicker = (step = '') => !(lasts && track.startsWith('condition')) && isMoment(step);
  const seen = new Map<string, boolean>();
  const from = (i: number, j: number): boolean => {
    const key = `${i} ${j}`;
    const before = seen.get(key);
    if (before !== undefined) return before;
    const [wanted, found] = [recorded[i], here[j]];
    if (wanted === undefined) return true;
    const isLast = i + 1 === recorded.length;
    const answer =
      (found !== undefined && means(wanted, found) && from(i + 1, j + 1)) ||
      (found !== undefined && isMoment(found) && from(i, j + 1)) ||
      (isFlicker(wanted) && (!isLast || isOvertaken(wanted, here.slice(j))) && from(i + 1, j)) ||
      // As before, where what was in between was not seen.
      (i > 0 && isFlicker(recorded[i - 1]) && j > 0 && means(wanted, here[j - 1] ?? '') && from(i + 1, j));
    seen.set(key, answer);
    return answer;
  };
  return from(0, 0);
}

/**
 * Only the newest status of a pod is sent, here as by the kubelet (syncBatch of its status manager, v1.32): how a run ended may
 * first show as what the container backs off from, by the same restart count; the end itself is compared as its lastState.
 */
function isOvertaken(wanted: string, later: readonly string[]): boolean {
  const count = / restarts=\d+$/.exec(wanted)?.[0];
  return (
    count !== undefined &&
    later.some((step) => step.startsWith('waiting CrashLoopBackOff') && step.endsWith(count))
  );
}

/** Placeholders of the recording stand for anything, and images have other names here. */
export function means(recorded: string, here: string): boolean {
  const pattern = recorded
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\b(?:UID|ID|IP|CLUSTERIP|NODEIP|RV|HOST)\d*\b|\bN\b/g, '.+?')
    .replace(/ANY(?:THING)?| <\\\.\\\.\\\. \d+ characters in all \\\.\\\.\\\.> /g, '.*?')
    .replace(/(?:localhost:5000\/)?busybox:[19]\\\.[39][69]|localhost:5000\//g, '.+?');
  return new RegExp(`^${pattern}(?: preemption: .*)?$`, 's').test(here);
}
