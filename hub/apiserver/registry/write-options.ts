// dryRun, fieldManager and fieldValidation of a write, checked as apimachinery's meta/v1/validation does.

import { type FieldError, FieldPath, faults, goStrings, invalid } from '../../../shared/machinery/index.ts';

export interface WriteOptions {
  dryRun: boolean;
  fieldValidation: FieldValidation;
  fieldManager?: string;
}

export interface ApplyOptions extends WriteOptions {
  fieldManager: string;
  /** Take over what others manage. */
  force: boolean;
}

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

const longestFieldManager = 128;
/** As Go's unicode.IsPrint: the only blank is the plain one. */
const unprintable = /(?! )[\p{C}\p{Z}]/u;

/** Throws Invalid. `kind` is what upstream calls these options, e.g. `CreateOptions`. */
export function parseWriteOptions(
  query: URLSearchParams,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
): WriteOptions {
  const dryRun = query.getAll('dryRun');
  const fieldManager = query.get('fieldManager') ?? undefined;
  const fieldValidation = query.get('fieldValidation') || 'Warn';
  const found = [...fieldManagerFaults(fieldManager), ...dryRunFaults(dryRun)];
  if (!isFieldValidation(fieldValidation)) {
    const supported = ['', 'Ignore', 'Strict', 'Warn'];
    found.push(faults.notSupported(new FieldPath('fieldValidation'), fieldValidation, supported));
  }
  if (kind === 'PatchOptions' && query.has('force')) {
    found.push(faults.forbidden(new FieldPath('force'), 'may not be specified for non-apply patch'));
  }
  if (found.length > 0 || !isFieldValidation(fieldValidation)) throw invalid('meta.k8s.io', kind, '', found);
  return { dryRun: dryRun.length > 0, fieldValidation, ...(fieldManager && { fieldManager }) };
}

/** As `parseWriteOptions`; an apply must say who applies. */
export function parseApplyOptions(query: URLSearchParams): ApplyOptions {
  const options = parseWriteOptions(withoutForce(query), 'PatchOptions');
  const { fieldManager } = options;
  if (!fieldManager) {
    const missing = faults.required(new FieldPath('fieldManager'), 'is required for apply patch');
    throw invalid('meta.k8s.io', 'PatchOptions', '', [missing]);
  }
  return { ...options, fieldManager, force: goBoolean(query.get('force')) };
}

function withoutForce(query: URLSearchParams): URLSearchParams {
  const rest = new URLSearchParams(query);
  rest.delete('force');
  return rest;
}

/** As apimachinery reads a boolean parameter: anything that is there and not `0` or `false` is true. */
function goBoolean(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

export function dryRunFaults(values: readonly string[]): FieldError[] {
  if (values.every((value) => value === 'All')) return [];
  const list = goStrings(values);
  const text = `Unsupported value: ${list}: supported values: "All"`;
  return [{ field: 'dryRun', reason: 'FieldValueNotSupported', text }];
}

function fieldManagerFaults(name = ''): FieldError[] {
  const path = new FieldPath('fieldManager');
  const found =
    Buffer.byteLength(name) > longestFieldManager ? [faults.tooLong(path, longestFieldManager)] : [];
  let position = 0;
  for (const character of name) {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    if (unprintable.test(character))
      found.push(faults.invalid(path, name, `invalid character U+${code} (at position ${position})`));
    position += Buffer.byteLength(character);
  }
  return found;
}

function isFieldValidation(value: string): value is FieldValidation {
  return ['Strict', 'Warn', 'Ignore'].includes(value);
}
