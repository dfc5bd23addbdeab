// Files that say how a hub works, in the forms of upstream's. All that is wrong with one is told at once, each by its field.

import { UserError } from '../../shared/base/index.ts';
import {
  type FieldError,
  FieldPath,
  faults,
  faultText,
  isRecord,
  type JsonObject,
} from '../../shared/machinery/index.ts';

/** Throws UserError. `file` is how the source is named. */
export function refuseFaults(file: string, found: readonly FieldError[]): void {
  if (found.length > 0) throw new UserError(`${file}: ${found.map(faultText).join('; ')}`);
}

/** Which kind of object a file, or a part of one, is. `versions`: the ones that are read, the best first. */
export interface ConfigKind {
  kind: string;
  group: string;
  versions: readonly string[];
}

/** What is wrong where the content is none of the kind. */
export function kindFaults(
  content: unknown,
  { kind, group, versions }: ConfigKind,
  at = new FieldPath(),
): FieldError[] {
  if (isRecord(content) && content.kind === kind && isOneOf(versions, group, content.apiVersion)) return [];
  const found = isRecord(content) ? `${content.apiVersion ?? ''}, Kind=${content.kind ?? ''}` : '';
  return [faults.invalid(at.child('kind'), found, `must be ${kind} of ${group}/${versions[0]}`)];
}

function isOneOf(versions: readonly string[], group: string, apiVersion: unknown): boolean {
  return versions.some((version) => apiVersion === `${group}/${version}`);
}

export type Check = (value: unknown, at: FieldPath) => FieldError[];

export const oneOf =
  (known: readonly string[]): Check =>
  (value, at) =>
    known.some((each) => each === value) ? [] : [faults.notSupported(at, value, known)];

export const text: Check = (value, at) =>
  typeof value === 'string' ? [] : [faults.invalid(at, value, 'must be text')];

export const flag: Check = (value, at) =>
  typeof value === 'boolean' ? [] : [faults.invalid(at, value, 'must be true or false')];

export const anything: Check = () => [];

export const list =
  (check: Check): Check =>
  (value, at) =>
    Array.isArray(value)
      ? value.flatMap((each, index) => check(each, at.index(index)))
      : [faults.invalid(at, value, 'must be a list')];

/** A map with these fields; of an unknown one nobody would learn that it does nothing. */
export const fields =
  (
    known: Readonly<Record<string, Check>>,
    whole: (value: JsonObject, at: FieldPath) => FieldError[] = () => [],
  ): Check =>
  (value, at) => {
    if (!isRecord(value)) return [faults.invalid(at, value, 'must be a map')];
    const found = Object.entries(value).flatMap(([name, inner]) => {
      const check = Object.hasOwn(known, name) ? known[name] : undefined;
      if (check) return inner === null ? [] : check(inner, at.child(name));
      const detail = `unknown field; there are: ${Object.keys(known).join(', ')}`;
      return [faults.invalid(at.child(name), inner, detail)];
    });
    return found.length > 0 ? found : whole(value, at);
  };
