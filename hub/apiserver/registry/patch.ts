// Applies a patch to what is there. The result is plain JSON: decoding it is the caller's next step.

import {
  ApiError,
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMerge,
  FieldPath,
  faults,
  invalid,
  isRecord,
  type KubeObject,
} from '../../../shared/machinery/index.ts';
import type { ApiRequest } from '../request.ts';
import { type BodyForm, type DecodedBody, decodeAs, type SentText } from './decode-body.ts';
import type { RegistryParts } from './registry-parts.ts';
import { type FieldValidation, parseWriteOptions, type WriteOptions } from './write-options.ts';

const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
] as const;

/** Without a Go type nobody knows how to merge lists. */
const customPatchTypes = patchTypes.filter((type) => type !== 'application/strategic-merge-patch+json');

/** Throws UnsupportedMediaType, BadRequest, Invalid. */
export function patched(
  { schemas }: Pick<RegistryParts, 'schemas'>,
  { strategy }: BodyForm,
  { patchType = '', body }: ApiRequest,
  old: KubeObject,
): unknown {
  switch (patchType) {
    case 'application/json-patch+json':
      return sameKind(applyJsonPatch(old, body), old);
    case 'application/merge-patch+json':
      if (!isRecord(body)) throw notAnObject(body);
      return sameKind(applyMergePatch(old, body), old);
    case 'application/strategic-merge-patch+json':
      if (!isRecord(body)) throw notAnObject(body);
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
  const taken = resource.custom ? customPatchTypes : patchTypes;
  if (!taken.some((type) => type === patchType)) throw unsupportedPatch(taken);
  return parseWriteOptions(query, 'PatchOptions');
}

function unsupportedPatch(taken: readonly string[] = patchTypes): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${taken.join(', ')}`;
  return new ApiError('UnsupportedMediaType', message);
}

function notAnObject(body: unknown): ApiError {
  const type = Array.isArray(body) ? 'array' : body === null || body === undefined ? 'null' : typeof body;
  return new ApiError(
    'BadRequest',
    `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`,
  );
}

/** A patch may not make another Kind of the object. */
function sameKind(result: unknown, old: KubeObject): unknown {
  if (isRecord(result) && result.kind === old.kind && result.apiVersion === old.apiVersion) return result;
  throw invalidPatch(result, 'apiVersion and kind must stay as they are');
}

/** Decodes what a patch has made; throws Invalid, as it is the patch that is wrong. */
export function decodePatched(
  parts: Pick<RegistryParts, 'schemas'>,
  form: BodyForm,
  result: unknown,
  fieldValidation: FieldValidation,
  sentText?: SentText,
): DecodedBody {
  try {
    return decodeAs(parts, form, result, fieldValidation, sentText);
  } catch (error) {
    if (!ApiError.is(error, 'BadRequest')) throw error;
    throw invalidPatch(result, error.message);
  }
}

function invalidPatch(result: unknown, why: string): ApiError {
  return invalid('', '', '', [faults.invalid(new FieldPath('patch'), JSON.stringify(result), why)]);
}
