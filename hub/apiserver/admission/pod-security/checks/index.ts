// The checks of the Pod Security Standards as of v1.32, and which of them a level has in a version.

import type { LevelVersion, Minor } from '../policy.ts';
import type { Check, CheckedPod, PodCheck, Violation } from './check.ts';
import { confinementChecks } from './confinement.ts';
import { hostChecks } from './host.ts';
import { privilegeChecks } from './privileges.ts';

export type { Check, CheckedPod, Container, Violation } from './check.ts';

/** Those of `baseline` first, each by its id: violations are told in this order. */
export const checks: readonly Check[] = [...confinementChecks, ...hostChecks, ...privilegeChecks].sort(
  (one, other) => byText(one.level, other.level) || byText(one.id, other.id),
);

function byText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** Versions after this one differ in nothing. */
const newest: Minor = Math.max(...checks.flatMap(({ versions }) => versions.map(([since]) => since)));

const asked = new Map<string, readonly PodCheck[]>();

/** What the level is against, in the checks' order. */
export function violationsOf({ level, minor }: LevelVersion, pod: CheckedPod): Violation[] {
  if (level === 'privileged') return [];
  const version = Math.min(minor, newest);
  const key = `${level}:${version}`;
  const mine = asked.get(key) ?? checksOf({ level, minor: version });
  asked.set(key, mine);
  return mine.map((look) => look(pod)).filter((violation) => violation !== undefined);
}

function checksOf({ level, minor }: LevelVersion): PodCheck[] {
  const there = checks.filter(
    (check) => (check.level === 'baseline' || level === 'restricted') && lookOf(check, minor),
  );
  const overridden = new Set(there.map(({ overrides }) => overrides));
  return there
    .filter(({ id }) => !overridden.has(id))
    .map((check) => lookOf(check, minor))
    .filter((look) => look !== undefined);
}

/** Undefined: the version does not have it yet. */
function lookOf({ versions }: Check, minor: Minor): PodCheck | undefined {
  return versions.findLast(([since]) => since <= minor)?.[1];
}

/** `privileged (container "a" must not …), hostPort (…)`. */
export function detailsOf(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => `${reason} (${detail})`).join(', ');
}

/** `privileged, hostPort`: what pods of one kind have in common. */
export function reasonsOf(violations: readonly Violation[]): string {
  return violations.map(({ reason }) => reason).join(', ');
}
