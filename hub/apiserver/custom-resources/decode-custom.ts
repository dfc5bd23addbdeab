// From what was sent to an object of a custom Kind: its Kind, its metadata, and only fields that its schema names.
// Whether values are right is for validation to say.

import {
  itemsOf,
  type JsonSchemaProps,
  propertyOf,
  prune,
  readMetadata,
  valuesOf,
} from '../../../shared/api/apiextensions/index.ts';
import type { Decoded } from '../../../shared/api/index.ts';
import {
  ApiError,
  apiVersionOf,
  FieldPath,
  faults,
  faultText,
  goUntyped,
  invalid,
  isRecord,
  type JsonObject,
  mutableCopy,
  type SchemaSet,
} from '../../../shared/machinery/index.ts';

export interface CustomKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Throws BadRequest and Invalid for another Kind or version, and for metadata of wrong types. */
export function decodeCustom(
  kind: CustomKind,
  schema: JsonSchemaProps,
  sent: JsonObject,
  schemas: SchemaSet,
): Decoded {
  checkKind(kind, sent);
  const object: JsonObject = mutableCopy({ ...sent });
  object.apiVersion = apiVersionOf(kind);
  object.kind = kind.kind;
  const pruned = prune(object, schema).sort();
  const unknownFields = [
    ...settleMetadata(kind, object, schemas, ''),
    ...pruned,
    ...settleEmbedded(kind, object, schema, schemas, ''),
  ];
  return { object, unknownFields: [...new Set(unknownFields)] };
}

function checkKind(kind: CustomKind, sent: JsonObject): void {
  const { apiVersion, kind: sentKind, metadata } = sent;
  if (typeof sentKind !== 'string' || sentKind === '') {
    const body = JSON.stringify(sent);
    const start = body.length > 30 ? `${body.slice(0, 30)} ...` : body;
    const message = `the object provided is unrecognized (must be of type ${kind.kind}): Object 'Kind' is missing in '${body}' (${start})`;
    throw new ApiError('BadRequest', message);
  }
  const version = typeof apiVersion === 'string' ? apiVersion : '';
  if (version !== apiVersionOf(kind)) {
    const message = `the API version in the data (${version}) does not match the expected API version (${apiVersionOf(kind)})`;
    throw new ApiError('BadRequest', message);
  }
  if (sentKind === kind.kind) return;
  const name = isRecord(metadata) && typeof metadata.name === 'string' ? metadata.name : '';
  const fault = faults.invalid(new FieldPath('kind'), sentKind, `must be ${kind.kind}`);
  throw invalid(kind.group, sentKind, name, [fault]);
}

/** Reads the metadata in place; answers the fields that it does not have. `path`: of the object, e.g. `spec.template.`. */
function settleMetadata(kind: CustomKind, object: JsonObject, schemas: SchemaSet, path: string): string[] {
  const { metadata } = object;
  if (metadata === undefined || metadata === null) {
    delete object.metadata;
    return [];
  }
  const wrong = (why: string) => {
    const place = new FieldPath(`${path}metadata`);
    return unreadable(kind, path ? faultText(faults.invalid(place, goUntyped(metadata), why)) : why);
  };
  try {
    const decoded = readMetadata(metadata, schemas);
    object.metadata = decoded.object;
    return decoded.unknownFields.map((field) => `${path}metadata.${field}`);
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

function unreadable({ kind, version }: CustomKind, why: string): ApiError {
  return new ApiError('BadRequest', `${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`);
}

/** Objects within the object have metadata too. */
function settleEmbedded(
  kind: CustomKind,
  value: unknown,
  schema: JsonSchemaProps,
  schemas: SchemaSet,
  path: string,
): string[] {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    const at = path.replace(/\.$/, '');
    return items
      ? value.flatMap((item, index) => settleEmbedded(kind, item, items, schemas, `${at}[${index}].`))
      : [];
  }
  if (!isRecord(value)) return [];
  const found =
    schema['x-kubernetes-embedded-resource'] && isRecord(value.metadata)
      ? settleMetadata(kind, value, schemas, path)
      : [];
  const values = valuesOf(schema);
  for (const [key, field] of Object.entries(value)) {
    const inner = propertyOf(schema, key) ?? values;
    if (inner) found.push(...settleEmbedded(kind, field, inner, schemas, `${path}${key}.`));
  }
  return found;
}
