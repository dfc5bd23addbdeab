// What client-side apply left behind: the annotation with the configuration that was applied last.

import { isRecord, type JsonObject, ownField } from '../json-object.ts';
import { compareFields } from './compare-fields.ts';
import { difference, emptySet, type FieldSet } from './field-set.ts';
import { claimedFields } from './fields-of-value.ts';
import { goJson } from './path-element.ts';
import type { TypedContext } from './settle-owners.ts';
import { TypedError } from './shape.ts';
import { checkTyped } from './typed-faults.ts';

export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** The most bytes that all annotations of an object may have. */
const mostAnnotationBytes = 256 * 1024;

/** The text of the annotation; undefined: there is none. */
export function lastAppliedOf(object: unknown): string | undefined {
  const metadata = isRecord(object) ? object.metadata : undefined;
  const annotations = isRecord(metadata) ? metadata.annotations : undefined;
  const text = isRecord(annotations) ? ownField(annotations, lastAppliedAnnotation) : undefined;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** The fields that client-side apply set and nobody has changed since; empty where that cannot be said. */
export function fieldsLastApplied(
  { shapes, typeName }: TypedContext,
  live: unknown,
  apiVersion: string,
): FieldSet {
  const text = lastAppliedOf(live);
  if (text === undefined) return emptySet;
  try {
    const applied: unknown = JSON.parse(text);
    if (!isRecord(applied) || applied.apiVersion !== apiVersion) return emptySet;
    checkTyped(shapes, typeName, applied);
    const { added, modified, removed } = compareFields(shapes, typeName, applied, live);
    const claimed = claimedFields(shapes, typeName, applied);
    return [modified, added, removed].reduce(difference, claimed);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypedError) return emptySet;
    throw error;
  }
}

/** The object with its annotation brought up to the configuration; without it, where the annotations would be too large. */
export function withLastApplied(object: JsonObject, config: JsonObject): JsonObject {
  const metadata = isRecord(object.metadata) ? object.metadata : {};
  const annotations: JsonObject = { ...(isRecord(metadata.annotations) ? metadata.annotations : {}) };
  annotations[lastAppliedAnnotation] = `${goJson(sorted(withoutAnnotation(config)))}\n`;
  if (bytesOf(annotations) > mostAnnotationBytes) delete annotations[lastAppliedAnnotation];
  return { ...object, metadata: { ...metadata, annotations } };
}

function withoutAnnotation(config: JsonObject): JsonObject {
  const { metadata } = config;
  if (!isRecord(metadata) || !isRecord(metadata.annotations)) return config;
  const { [lastAppliedAnnotation]: _, ...annotations } = metadata.annotations;
  return { ...config, metadata: { ...metadata, annotations } };
}

function bytesOf(annotations: JsonObject): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(annotations))
    bytes += Buffer.byteLength(name) + Buffer.byteLength(String(value));
  return bytes;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
