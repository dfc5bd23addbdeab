// Faults of fields, in the words of k8s.io/apimachinery/pkg/util/validation/field.

import { GoText, goQuoted, goStrings } from './go-text.ts';

export type FieldReason =
  | 'FieldValueInvalid'
  | 'FieldValueRequired'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueDuplicate'
  | 'FieldValueNotFound'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid'
  | 'InternalError';

export interface FieldError {
  /** e.g. `spec.ports[0].port` */
  readonly field: string;
  readonly reason: FieldReason;
  /** e.g. `Invalid value: 70000: must be between 1 and 65535, inclusive` */
  readonly text: string;
}

/** As messages tell it: `spec.replicas: Invalid value: …`. */
export function faultText({ field, text }: FieldError): string {
  return `${field}: ${text}`;
}

/**
 * A path into an object: `spec.child('ports').index(0).child('port')`. Each step knows the one above: texts are put
 * together only for faults, and hardly any of the paths that validation walks is ever shown.
 */
export class FieldPath {
  private readonly step: string | number;
  private readonly above: FieldPath | undefined;
  private readonly isKey: boolean;

  constructor(step: string | number = '', above?: FieldPath, isKey = false) {
    this.step = step;
    this.above = above;
    this.isKey = isKey;
  }

  /** Empty names are left out. */
  child(name: string, ...below: string[]): FieldPath {
    let path: FieldPath = name ? new FieldPath(name, this) : this;
    for (const each of below) path = path.child(each);
    return path;
  }

  index(position: number): FieldPath {
    return new FieldPath(position, this, true);
  }

  key(key: string): FieldPath {
    return new FieldPath(key, this, true);
  }

  toString(): string {
    const above = this.above?.toString() ?? '';
    if (this.isKey) return `${above}[${this.step}]`;
    return above ? `${above}.${this.step}` : `${this.step}`;
  }
}

/** The value as these messages show it: strings and lists of them as in Go, objects as JSON, nothing at all as `"null"`. */
function shown(value: unknown): string {
  if (value instanceof GoText) return value.text;
  if (isStrings(value)) return goStrings(value);
  return typeof value === 'string' ? goQuoted(value) : JSON.stringify(value ?? 'null');
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string');
}

function fault(path: FieldPath, reason: FieldReason, text: string): FieldError {
  return { field: path.toString(), reason, text };
}

export const faults = {
  required: (path: FieldPath, detail = '') =>
    fault(path, 'FieldValueRequired', detail ? `Required value: ${detail}` : 'Required value'),
  invalid: (path: FieldPath, value: unknown, detail: string) =>
    fault(path, 'FieldValueInvalid', `Invalid value: ${shown(value)}: ${detail}`),
  /** The same where the value is too much to show. */
  wrong: (path: FieldPath, detail: string) => fault(path, 'FieldValueInvalid', `Invalid value: ${detail}`),
  /** `supported` is shown in the order given. */
  notSupported: (path: FieldPath, value: unknown, supported: readonly string[]) =>
    fault(
      path,
      'FieldValueNotSupported',
      `Unsupported value: ${shown(value)}: supported values: ${supported.map(shown).join(', ')}`,
    ),
  forbidden: (path: FieldPath, detail: string) => fault(path, 'FieldValueForbidden', `Forbidden: ${detail}`),
  duplicate: (path: FieldPath, value: unknown) =>
    fault(path, 'FieldValueDuplicate', `Duplicate value: ${shown(value)}`),
  notFound: (path: FieldPath, value: unknown) =>
    fault(path, 'FieldValueNotFound', `Not found: ${shown(value)}`),
  tooLong: (path: FieldPath, maximum: number) =>
    fault(path, 'FieldValueTooLong', `Too long: may not be more than ${maximum} bytes`),
  tooMany: (path: FieldPath, actual: number, maximum: number) =>
    fault(path, 'FieldValueTooMany', `Too many: ${actual}: must have at most ${maximum} items`),
  typeInvalid: (path: FieldPath, value: unknown, detail: string) =>
    fault(path, 'FieldValueTypeInvalid', `Invalid value: ${shown(value)}: ${detail}`),
} as const;
