// From what a client sent to an object of the row's Kind: is it one, and are its fields?

import {
  decode,
  type Resource,
  type Strategy,
  strictDecodingError,
  strictFaults,
} from '../../../shared/api/index.ts';
import {
  ApiError,
  apiVersionOf,
  isRecord,
  jsonKind,
  type KubeObject,
} from '../../../shared/machinery/index.ts';
import { isKubeObject } from '../kind.ts';
import type { ApiRequest, BodyFault } from '../request.ts';
import type { RegistryParts } from './registry-parts.ts';
import type { FieldValidation } from './write-options.ts';

/** What a body has to be: a row's Kind, or that of a subresource. */
export interface BodyForm {
  readonly row: Pick<Resource, 'group' | 'version' | 'kind' | 'custom'>;
  readonly strategy: Pick<Strategy, 'schema' | 'decode' | 'default'>;
}

export type SentBody = Pick<ApiRequest, 'body' | 'text' | 'duplicates' | 'bodyFault' | 'audit'>;

export interface DecodedBody {
  object: KubeObject;
  /** Sentences for the Warning header. */
  warnings: string[];
}

/** Throws BadRequest with upstream's words: no body, another Kind, fields of a wrong type, unknown fields with Strict. */
export function decodeBody(
  parts: Pick<RegistryParts, 'schemas' | 'index'>,
  form: BodyForm,
  request: SentBody,
  fieldValidation: FieldValidation,
): DecodedBody {
  const { body, text, bodyFault } = request;
  if (bodyFault) throw unrecognized(form, unreadable(bodyFault), bodyFault.sent);
  if (body === undefined) throw unrecognized(form, noTypeMeta('unexpected end of JSON input'));
  const sent = body === null ? {} : body;
  if (!isRecord(sent)) throw unrecognized(form, noTypeMeta(`json: ${cannotUnmarshal(sent, typeMeta)}`), text);
  if (!form.row.custom) checkKind(parts, form, sent, text);
  const decoded = decodeAs(parts, form, sent, fieldValidation, (unknown) =>
    bodyFaults(form.row, unknown, fieldValidation, request),
  );
  request.audit?.sends(decoded.object, (object) => form.strategy.default?.(object));
  return decoded;
}

/** As `decodeBody`, for an object whose Kind is known. `faultsOf`: what is to be said when these fields are unknown. */
export function decodeAs(
  { schemas }: Pick<RegistryParts, 'schemas'>,
  { row, strategy }: BodyForm,
  sent: unknown,
  fieldValidation: FieldValidation,
  faultsOf: (unknown: readonly string[]) => string[] = () => [],
): DecodedBody {
  const { object, unknownFields } =
    strategy.decode && isRecord(sent)
      ? strategy.decode(sent, schemas)
      : decode(schemas, strategy.schema, sent);
  const faults = fieldValidation === 'Ignore' ? [] : faultsOf(unknownFields);
  if (fieldValidation === 'Strict' && faults.length > 0) throw strictDecodingError(strategy.schema, faults);
  const whole: unknown = { apiVersion: apiVersionOf(row), kind: row.kind, ...object };
  if (!isKubeObject(whole)) throw new TypeError(`the schema ${strategy.schema} has no metadata`);
  whole.apiVersion = apiVersionOf(row);
  whole.kind = row.kind;
  return { object: whole, warnings: faults };
}

/**
 * Sentences on what stands twice in the text of a body and, in their places, on fields of it that there are not. A text that is word
 * for word what it was read as has nothing twice.
 */
export function textFaults(text: string | undefined, read: unknown, unknown: readonly string[]): string[] {
  if (unknown.length === 0 && (text === undefined || JSON.stringify(read) === text.trimEnd())) return [];
  return strictFaults(text, unknown);
}

/** Sentences on fields that there are not: of what Go sorts before it is decoded; a custom Kind's come in their order. */
export function unknownFaults({ custom }: BodyForm['row'], unknown: readonly string[]): string[] {
  return strictFaults(undefined, custom ? unknown : [...unknown].sort());
}

/** Only a built-in Kind is read from its JSON in one go: else it is first found out what stands twice, then what there is not. */
function bodyFaults(
  row: BodyForm['row'],
  unknown: readonly string[],
  fieldValidation: FieldValidation,
  { body, text, duplicates = [] }: SentBody,
): string[] {
  if (text !== undefined && !row.custom) return textFaults(text, body, unknown);
  const twice = fieldValidation === 'Strict' ? yamlFaults(duplicates) : duplicates;
  return [...twice, ...textFaults(text, body, []), ...unknownFaults(row, unknown)];
}

/** As Go's yaml refuses: all at once. */
export function yamlFaults(duplicates: readonly string[]): string[] {
  return duplicates.length > 0 ? [`yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`] : [];
}

/** A missing apiVersion or kind is taken from the path. */
function checkKind(
  { index }: Pick<RegistryParts, 'index'>,
  form: BodyForm,
  { apiVersion: sentVersion, kind: sentKind }: Record<string, unknown>,
  text: string | undefined,
): void {
  const { row } = form;
  const apiVersion = typeof sentVersion === 'string' && sentVersion ? sentVersion : apiVersionOf(row);
  const kind = typeof sentKind === 'string' && sentKind ? sentKind : row.kind;
  if (apiVersion === apiVersionOf(row) && kind === row.kind) return;
  const [version = '', group = '', ...more] = apiVersion.split('/').reverse();
  if (more.length > 0) throw unrecognized(form, `unexpected GroupVersion string: ${apiVersion}`, text);
  const known = index.findKind(group, version, kind.replace(/(?<=.)List$/, '')) ?? kind === 'List';
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

/** In front of what made JSON unreadable. */
export function noTypeMeta(why: string): string {
  return `couldn't get version/kind; json parse error: ${why}`;
}

function unreadable({ format, why }: BodyFault): string {
  return format === 'JSON' ? noTypeMeta(why) : why;
}

/** Go's struct of which every object's version and kind are read. */
export const typeMeta =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** As Go refuses a value of another type. */
export function cannotUnmarshal(sent: unknown, type: string): string {
  return `cannot unmarshal ${jsonKind(sent)} into Go value of type ${type}`;
}

function unrecognized({ row }: BodyForm, why: string, sent: Buffer | string = ''): ApiError {
  const message = `the object provided is unrecognized (must be of type ${row.kind}): ${why} (${summary(typeof sent === 'string' ? Buffer.from(sent) : sent)})`;
  return new ApiError('BadRequest', message);
}

const mostShown = 30;

/** As upstream shows a body: what begins like an object as it is, anything else in hexadecimal digits. */
function summary(sent: Buffer): string {
  if (sent.length === 0) return '<empty>';
  const text = sent.subarray(0, mostShown).toString(sent[0] === '{'.charCodeAt(0) ? 'utf8' : 'hex');
  return sent.length > mostShown ? `${text} ...` : text;
}
