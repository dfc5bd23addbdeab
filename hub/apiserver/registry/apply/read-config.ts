// From the body of an apply to the configuration that it is.

import { ApiError, apiVersionOf, isRecord, type JsonObject } from '../../../../shared/machinery/index.ts';
import { type BodyForm, cannotUnmarshal, type SentBody } from '../decode-body.ts';

/** Throws BadRequest with upstream's words for what is no object of the Kind. */
export function readConfig({ row }: BodyForm, { body, bodyFault }: SentBody): JsonObject {
  if (bodyFault)
    throw new ApiError('BadRequest', `error decoding YAML: error converting YAML to JSON: ${bodyFault.why}`);
  const config = body ?? {};
  if (!isRecord(config)) {
    const why = cannotUnmarshal(config, 'map[string]interface {}');
    const message = `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: ${why}`;
    throw new ApiError('BadRequest', message);
  }
  if (config.apiVersion !== apiVersionOf(row) || config.kind !== row.kind)
    throw new ApiError('BadRequest', `invalid object type: ${gvkText(config)}`);
  const { metadata } = config;
  if (isRecord(metadata) && metadata.managedFields !== undefined && metadata.managedFields !== null)
    throw new ApiError('BadRequest', 'metadata.managedFields must be nil');
  return config;
}

/** The refusal of a configuration that is not of its type. */
export function typedRefusal(config: JsonObject, why: string): ApiError {
  const { namespace, name } = isRecord(config.metadata) ? config.metadata : {};
  const which = `${textOf(namespace)}/${textOf(name)}; ${gvkText(config)}`;
  return new ApiError('BadRequest', `failed to create typed patch object (${which}): ${why}`);
}

/** `apps/v1, Kind=Deployment`, `/v1, Kind=Pod`: Go's GroupVersionKind. */
function gvkText({ apiVersion, kind }: JsonObject): string {
  const parts = textOf(apiVersion).split('/');
  if (parts.length > 2) return '/, Kind=';
  const [version = '', group = ''] = parts.reverse();
  return `${group}/${version}, Kind=${textOf(kind)}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
