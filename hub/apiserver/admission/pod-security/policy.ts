// What the labels of a namespace ask of its pods: a level and a version in each of three modes (KEP-2579).

import { type FieldError, FieldPath, faults } from '../../../../shared/machinery/index.ts';

/** The least strict first. */
export const levels = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof levels)[number];

export const modes = ['enforce', 'audit', 'warn'] as const;
export type Mode = (typeof modes)[number];

export const prefix = 'pod-security.kubernetes.io/';

/** Of level and version. */
const labelNames: Readonly<Record<Mode, readonly [string, string]>> = {
  enforce: [`${prefix}enforce`, `${prefix}enforce-version`],
  audit: [`${prefix}audit`, `${prefix}audit-version`],
  warn: [`${prefix}warn`, `${prefix}warn-version`],
};

/** Of a version v1.x. */
export type Minor = number;
/** Newer than each. */
export const latest: Minor = Number.POSITIVE_INFINITY;

export interface LevelVersion {
  readonly level: Level;
  readonly minor: Minor;
}

export type Policy = Readonly<Record<Mode, LevelVersion>>;

const privileged: LevelVersion = { level: 'privileged', minor: latest };
export const unbounded: Policy = { enforce: privileged, audit: privileged, warn: privileged };

export function versionText(minor: Minor): string {
  return minor === latest ? 'latest' : `v1.${minor}`;
}

export function levelText({ level, minor }: LevelVersion): string {
  return `${level}:${versionText(minor)}`;
}

export function isSame(one: LevelVersion, other: LevelVersion): boolean {
  return one.level === other.level && one.minor === other.minor;
}

export function isStricter(one: Level, other: Level): boolean {
  return levels.indexOf(one) > levels.indexOf(other);
}

/** Whether it bounds nothing in any mode. */
export function isPrivileged(policy: Policy): boolean {
  return modes.every((mode) => policy[mode].level === 'privileged');
}

/** Whether they ask the same: versions of `privileged` are all alike. */
export function isEquivalent(one: Policy, other: Policy): boolean {
  return modes.every(
    (mode) =>
      (one[mode].level === 'privileged' && other[mode].level === 'privileged') ||
      isSame(one[mode], other[mode]),
  );
}

/** Undefined: it is none. */
export function levelOf(text: string): Level | undefined {
  return levels.find((level) => level === text);
}

/** Undefined: it is none. */
export function minorOf(text: string): Minor | undefined {
  if (text === 'latest') return latest;
  const [, digits] = /^v1\.(0|[1-9][0-9]*)$/.exec(text) ?? [];
  const minor = Number(digits);
  return Number.isSafeInteger(minor) ? minor : undefined;
}

export const levelDetail = `must be one of ${levels.join(', ')}`;
export const versionDetail = 'must be "latest" or "v1.x"';

type Labels = Readonly<Record<string, string>>;

/** There is always a policy: what is no level is the strictest one to enforce, and none to audit and to warn of. */
export function policyOf(
  labels: Labels | undefined,
  defaults: Policy,
): { policy: Policy; found: readonly FieldError[] } {
  if (!labels || !modes.some((mode) => isLabelled(labels, mode))) return { policy: defaults, found: [] };
  const found: FieldError[] = [];
  const fault = (label: string, value: string, detail: string) =>
    void found.push(faults.invalid(new FieldPath('metadata').child('labels').key(label), value, detail));
  const read = (mode: Mode): LevelVersion => {
    let { level, minor } = defaults[mode];
    const [levelName, versionName] = labelNames[mode];
    const { [levelName]: asked, [versionName]: version } = labels;
    if (asked !== undefined) {
      level = levelOf(asked) ?? (mode === 'enforce' ? 'restricted' : 'privileged');
      if (!levelOf(asked)) fault(levelName, asked, levelDetail);
    }
    if (version !== undefined) {
      minor = minorOf(version) ?? latest;
      if (minorOf(version) === undefined) fault(versionName, version, versionDetail);
    }
    return { level, minor };
  };
  const policy = { enforce: read('enforce'), audit: read('audit'), warn: read('warn') };
  return { policy: { ...policy, warn: warnOf(policy, labels) }, found };
}

/** Who enforces more than is warned of, and does not say how much that is to be, wants to be warned of as much. */
function warnOf({ enforce, warn }: Policy, labels: Labels): LevelVersion {
  const {
    [labelNames.enforce[0]]: enforced,
    [labelNames.warn[0]]: warned,
    [labelNames.warn[1]]: version,
  } = labels;
  if (warned !== undefined || enforced === undefined || !levelOf(enforced)) return warn;
  if (!isStricter(enforce.level, warn.level)) return warn;
  return { level: enforce.level, minor: version === undefined ? enforce.minor : warn.minor };
}

/** Whether the namespace itself says something of the mode. */
export function isLabelled(labels: Labels, mode: Mode): boolean {
  const [level, version] = labelNames[mode];
  return level in labels || version in labels;
}
