// What a check is, and the words that checks have in common.

import type { PodSpec } from '../../../../../shared/api/index.ts';
import type { Level, Minor } from '../policy.ts';

/** A pod, or the template of some. */
export interface CheckedPod {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } | undefined;
  readonly spec: PodSpec;
}

export interface Violation {
  reason: string;
  detail: string;
}

export type PodCheck = (pod: CheckedPod) => Violation | undefined;

export interface Check {
  readonly id: string;
  readonly level: Exclude<Level, 'privileged'>;
  /** From which version of the policies on it looks how; the oldest first. */
  readonly versions: readonly (readonly [since: Minor, look: PodCheck])[];
  /** The check of the level before that is not asked where this one is. */
  readonly overrides?: string;
}

/** Of any kind. */
export type Container = NonNullable<PodSpec['initContainers']>[number];

/** In the order in which upstream names them. */
export function containersOf({ initContainers, containers, ephemeralContainers }: PodSpec): Container[] {
  return [...(initContainers ?? []), ...containers, ...(ephemeralContainers ?? [])];
}

/** Names of those containers of which `is` holds. */
export function namesOf(spec: PodSpec, is: (container: Container) => boolean): string[] {
  return containersOf(spec)
    .filter(is)
    .map(({ name }) => name);
}

export type Context = NonNullable<Container['securityContext']>;

/** Names of those containers of whose security context `is` holds. */
export function contextsOf(spec: PodSpec, is: (context: Context) => boolean): string[] {
  return namesOf(spec, ({ securityContext }) => securityContext !== undefined && is(securityContext));
}

export function quoted(items: Iterable<string>): string {
  return [...items].map((item) => `"${item}"`).join(', ');
}

/** As a set that is listed. */
export function sorted(items: Iterable<string>): string[] {
  return [...new Set(items)].sort();
}

export function plural(word: string, { length }: { length: number }): string {
  return length === 1 ? word : `${word}s`;
}

/** `container "a"`, `containers "a", "b"`. */
export function these(noun: string, names: readonly string[]): string {
  return `${plural(noun, names)} ${quoted(names)}`;
}

/** Who has set something: `pod and container "a"`; empty: nobody. */
export function settersOf(pod: boolean, containers: readonly string[]): string {
  return [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [these('container', containers)] : [])].join(
    ' and ',
  );
}

/** A pod that says it is one of Windows lacks what only Linux has. */
export const exceptWindows =
  (look: PodCheck): PodCheck =>
  (pod) =>
    pod.spec.os?.name === 'windows' ? undefined : look(pod);
