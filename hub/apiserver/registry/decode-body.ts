// From what a client sent to an object of the row's Kind: is it one, and are its fields?

import {
  decode,
  type Resource,
  type Strategy,
  strictDecodingError,
  strictFaults,
} from '../../../shared/api/index.ts';
import { ApiError, apiVersionOf, isRecord, type KubeObject } from '../../../shared/machinery/index.ts';
import { isKubeObject } from '../kind.ts';
import type { ApiRequest } from '../request.ts';
import type { RegistryParts } from './registry-parts.ts';
import type { FieldValidation } from './write-options.ts';

/** What a body has to be: a row's Kind, or that of a subresource. */
export interface BodyForm {
  readonly row: Pick<Resource, 'group' | 'version' | 'kind' | 'custom'>;
  readonly strategy: Pick<Strategy, 'schema' | 'decode'>;
}

/** What of a body's own text is in no object. */
export type SentText = Pick<ApiRequest, 'text' | 'duplicates'>;

export interface DecodedBody {
  object: KubeObject;
  /** Sentences for the Warning header. */
  warnings: string[];
}

/** Throws BadRequest with upstream's words: no body, another Kind, fields of a wrong type, unknown fields with Strict. */
export function decodeBody(
  parts: Pick<RegistryParts, 'schemas' | 'index'>,
  form: BodyForm,
  body: unknown,
  fieldValidation: FieldValidation,
  sentText?: SentText,
): DecodedBody {
  if (body === undefined) throw unrecognized(form, 'unexpected end of JSON input (<empty>)');
  const sent = body === null ? {} : body;
  if (!isRecord(sent)) {
    const type = Array.isArray(sent) ? 'array' : typeof sent;
    throw unrecognized(form, `json: cannot unmarshal ${type} into Go value of type struct`);
  }
  if (!form.row.custom) checkKind(parts, form, sent);
  return decodeAs(parts, form, sent, fieldValidation, sentText);
}

/** As `decodeBody`, for an object whose Kind is known. */
export function decodeAs(
  { schemas }: Pick<RegistryParts, 'schemas'>,
  { row, strategy }: BodyForm,
  sent: unknown,
  fieldValidation: FieldValidation,
  sentText?: SentText,
): DecodedBody {
  const { object, unknownFields } =
    strategy.decode && isRecord(sent)
      ? strategy.decode(sent, schemas)
      : decode(schemas, strategy.schema, sent);
  const text = unknownFields.length > 0 ? sentText?.text : doubtful(sentText?.text, sent);
  const faults =
    fieldValidation === 'Ignore' ? [] : faultsOf(row, unknownFields, fieldValidation, { ...sentText, text });
  if (fieldValidation === 'Strict' && faults.length > 0) throw strictDecodingError(strategy.schema, faults);
  const whole: unknown = { apiVersion: apiVersionOf(row), kind: row.kind, ...object };
  if (!isKubeObject(whole)) throw new TypeError(`the schema ${strategy.schema} has no metadata`);
  whole.apiVersion = apiVersionOf(row);
  whole.kind = row.kind;
  return { object: whole, warnings: faults };
}

/** The text, unless it is word for word what it was read as: then nothing stands twice in it. */
function doubtful(text: string | undefined, read: unknown): string | undefined {
  return text === undefined || JSON.stringify(read) === text.trimEnd() ? undefined : text;
}

/** Of a custom resource it is first found out what stands twice, then what its schema does not know. */
function faultsOf(
  { custom }: BodyForm['row'],
  unknown: readonly string[],
  fieldValidation: FieldValidation,
  { text, duplicates = [] }: SentText = {},
): string[] {
  const twice = fieldValidation === 'Strict' ? yamlFaults(duplicates) : duplicates;
  return custom
    ? [...twice, ...strictFaults(text, []), ...strictFaults(undefined, unknown)]
    : [...twice, ...strictFaults(text, unknown)];
}

/** As Go's yaml refuses: all at once. */
export function yamlFaults(duplicates: readonly string[]): string[] {
  return duplicates.length > 0 ? [`yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`] : [];
}

/** A missing apiVersion or kind is taken from the path. */
function checkKind(
  { index }: Pick<RegistryParts, 'index'>,
  { row }: BodyForm,
  { apiVersion: sentVersion, kind: sentKind }: Record<string, unknown>,
): void {
  const apiVersion = typeof sentVersion === 'string' && sentVersion ? sentVersion : apiVersionOf(row);
  const kind = typeof sentKind === 'string' && sentKind ? sentKind : row.kind;
  if (apiVersion === apiVersionOf(row) && kind === row.kind) return;
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const known = index.findKind(group, version, kind);
  const why = known
    ? `converting (${version}.${kind}) to (${internalName(row.group)}.${row.kind}): unknown conversion`
    : `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`;
  throw new ApiError(
    'BadRequest',
    `${kind} in version "${version}" cannot be handled as a ${row.kind}: ${why}`,
  );
}

/** Go's package of the group's internal types. */
function internalName(group: string): string {
  return group.split('.')[0] || 'core';
}

function unrecognized({ row }: BodyForm, why: string): ApiError {
  const message = `the object provided is unrecognized (must be of type ${row.kind}): couldn't get version/kind; json parse error: ${why}`;
  return new ApiError('BadRequest', message);
}
