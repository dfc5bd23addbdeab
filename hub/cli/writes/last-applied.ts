// The annotation in which a client-side apply keeps what it was last told.

import { isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import { recordAt, textAt } from '../json.ts';
import { compactJson } from '../printers/go-json.ts';

export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object with the annotation that describes it. */
export function withLastApplied(object: JsonObject): JsonObject {
  const metadata = recordAt(object, 'metadata');
  const { [lastAppliedAnnotation]: _, ...annotations } = recordAt(metadata, 'annotations');
  const plain = { ...object, metadata: { ...metadata, annotations } };
  const text = `${compactJson(plain)}\n`;
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...annotations, [lastAppliedAnnotation]: text } },
  };
}

/** Undefined: the object was not made by apply. */
export function lastApplied(object: unknown): JsonObject | undefined {
  const text = textAt(object, 'metadata', 'annotations', lastAppliedAnnotation);
  if (text === '') return undefined;
  const original: unknown = JSON.parse(text);
  return isRecord(original) ? original : undefined;
}
