// Applies a patch to what is there. The result is plain JSON: decoding it is the caller's next step.

import {
  ApiError,
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMerge,
  FieldPath,
  faults,
  goText,
  invalid,
  isRecord,
  type KubeObject,
} from '../../../shared/machinery/index.ts';
import type { ApiRequest } from '../request.ts';
import {
  type BodyForm,
  cannotUnmarshal,
  type DecodedBody,
  decodeAs,
  textFaults,
  unknownFaults,
} from './decode-body.ts';
import type { RegistryParts } from './registry-parts.ts';
import { type FieldValidation, parseWriteOptions, type WriteOptions } from './write-options.ts';

const jsonPatchType = 'application/json-patch+json';
const strategicType = 'application/strategic-merge-patch+json';
const patchTypes = [
  jsonPatchType,
  'application/merge-patch+json',
  strategicType,
  'application/apply-patch+yaml',
] as const;

/** Without a Go type nobody knows how to merge lists. */
const customPatchTypes = patchTypes.filter((type) => type !== strategicType);

/** Throws UnsupportedMediaType, BadRequest, Invalid. */
export function patched(
  { schemas }: Pick<RegistryParts, 'schemas'>,
  { strategy }: BodyForm,
  { patchType = '', body, bodyFault }: ApiRequest,
  old: KubeObject,
): unknown {
  if (bodyFault || body === undefined) throw unreadable(patchType, bodyFault?.why);
  switch (patchType) {
    case jsonPatchType:
      if (!Array.isArray(body)) throw unreadable(patchType, notOfType(body, '[]handlers.jsonPatchOp'));
      return sameKind(applyJsonPatch(old, body), old);
    case 'application/merge-patch+json':
      if (!isRecord(body)) throw unreadable(patchType, notOfType(body, 'map[string]interface {}'));
      return sameKind(applyMergePatch(old, body), old);
    case strategicType:
      if (!isRecord(body)) throw unreadable(patchType, notOfType(body, 'map[string]interface {}'));
      return applyStrategicMerge(old, body, strategy.schema, schemas);
    default:
      throw unsupportedPatch();
  }
}

/**
 * What a patch is applied to. Managed fields are large, and hardly ever what a patch is about: they stay out of it unless
 * it names them.
 */
export function patchBase({ body }: Pick<ApiRequest, 'body'>, old: KubeObject): KubeObject {
  if (!old.metadata?.managedFields || JSON.stringify(body)?.includes('managedFields')) return old;
  if (Array.isArray(body) && body.some(isAboutMetadata)) return old;
  const { managedFields: _, ...metadata } = old.metadata;
  return { ...old, metadata };
}

/** Whether a JSON patch's operation reads or writes all metadata at once. */
function isAboutMetadata(operation: unknown): boolean {
  if (!isRecord(operation)) return false;
  return [operation.path, operation.from].some((path) => path === '' || path === '/metadata');
}

/** Throws UnsupportedMediaType before anything else is looked at, then Invalid. */
export function parsePatchOptions({ patchType = '', query, resource }: ApiRequest): WriteOptions {
  if (!patchTypes.some((type) => type === patchType)) throw unsupportedPatch();
  if (resource.custom && !customPatchTypes.some((type) => type === patchType)) throw unsupportedCustomPatch();
  return parseWriteOptions(query, 'PatchOptions');
}

function unsupportedPatch(): ApiError {
  return new ApiError('UnsupportedMediaType', '415: Unsupported Media Type', {});
}

function unsupportedCustomPatch(): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${customPatchTypes.join(', ')}`;
  return new ApiError('UnsupportedMediaType', message);
}

function notOfType(body: unknown, type: string): string {
  return `json: ${cannotUnmarshal(body, type)}`;
}

/** Each kind of patch is read in its own place upstream: not all say what was being done. */
function unreadable(patchType: string, why = 'unexpected end of JSON input'): ApiError {
  return new ApiError('BadRequest', patchType === strategicType ? why : `error decoding patch: ${why}`);
}

/** A patch may not make another Kind of the object. */
function sameKind(result: unknown, old: KubeObject): unknown {
  if (isRecord(result) && result.kind === old.kind && result.apiVersion === old.apiVersion) return result;
  throw invalidPatch(JSON.stringify(result), 'apiVersion and kind must stay as they are');
}

/** Decodes what a patch has made; throws Invalid, as it is the patch that is wrong. */
export function decodePatched(
  parts: Pick<RegistryParts, 'schemas'>,
  form: BodyForm,
  result: unknown,
  fieldValidation: FieldValidation,
  request: Pick<ApiRequest, 'body' | 'patchType' | 'text'>,
): DecodedBody {
  try {
    return decodeAs(parts, form, result, fieldValidation, (unknown) => [
      ...patchFaults(request),
      ...unknownFaults(form.row, unknown),
    ]);
  } catch (error) {
    if (!ApiError.is(error, 'BadRequest')) throw error;
    const why = error.message.replace(/^\S+ in version "\S*" cannot be handled as a \S+: /, '');
    if (request.patchType !== strategicType) throw invalidPatch(JSON.stringify(result), why);
    throw invalidPatch(goText(request.body), notRestored(why));
  }
}

const operationFields = new Set(['op', 'path', 'from', 'value']);

/** What strict reading says of the patch itself; whose fields a merge patch has, it does not know. */
function patchFaults({ body, patchType, text }: Pick<ApiRequest, 'body' | 'patchType' | 'text'>): string[] {
  if (patchType !== jsonPatchType || !Array.isArray(body)) return textFaults(text, body, []);
  const unknown = body.flatMap((operation, index) =>
    Object.keys(operation)
      .filter((field) => !operationFields.has(field))
      .map((field) => `[${index}].${field}`),
  );
  return textFaults(text, body, unknown).map((fault) => `json patch ${fault}`);
}

/** What a strategic merge has made upstream never becomes text again: it is put into the object's fields at once. */
function notRestored(message: string): string {
  const [, found = '', type = ''] = /cannot unmarshal (\w+) into .* of type (\S+)$/.exec(message) ?? [];
  const kind = goKinds[found] ?? found;
  if (!type) return message;
  if (type.startsWith('[]')) return `cannot restore slice from ${kind}`;
  if (type.startsWith('map[')) return `cannot restore map from ${kind}`;
  return type.includes('.') ? `cannot restore struct from: ${kind}` : `unrecognized type: ${type}`;
}

/** JSON's kinds as Go's reflection names them. */
const goKinds: Readonly<Record<string, string>> = { object: 'map', array: 'slice', number: 'int64' };

function invalidPatch(value: string, why: string): ApiError {
  return invalid('', '', '', [faults.invalid(new FieldPath('patch'), value, why)]);
}
