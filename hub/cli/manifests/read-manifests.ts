// The objects of manifests, each with its type and namespace.

import { UserError } from '../../../shared/base/index.ts';
import {
  ApiError,
  isRecord,
  type JsonObject,
  jsonKind,
  parseLabelSelector,
  type Selector,
} from '../../../shared/machinery/index.ts';
import type { ResourceType } from '../discovery/index.ts';
import { listAt, recordAt, textAt, textsAt } from '../json.ts';
import { compactJson } from '../printers/go-json.ts';
import type { Session } from '../session.ts';
import { manifestTexts } from './find-files.ts';
import { parseDocuments } from './parse-documents.ts';

export interface FileFlags {
  filename?: readonly string[];
  recursive?: boolean;
  /** Only objects with such labels. */
  selector?: string;
}

export interface ManifestObject {
  /** Carries its namespace, if its type has one. */
  object: JsonObject;
  type: ResourceType;
  name: string;
  namespace: string | undefined;
  source: string;
}

export interface ReadOptions {
  /** Says what is missing as kubectl's validation does. */
  validates?: boolean;
}

export interface ReadManifests {
  objects: ManifestObject[];
  /** UserErrors in kubectl's words of what is no object of a kind that the server has; the others go on. */
  failures: unknown[];
}

/** Lists are taken apart. Throws UserError for a selector that is none. */
export async function readManifests(
  flags: FileFlags,
  session: Session,
  options: ReadOptions = {},
): Promise<ReadManifests> {
  const selector = selectorOf(flags.selector ?? '');
  const found: ReadManifests = { objects: [], failures: [] };
  for (const text of await manifestTexts(flags.filename ?? [], flags.recursive ?? false)) {
    try {
      for await (const document of parseDocuments(text))
        for (const object of objectsOf(document, text.source, options))
          await add(found, object, text.source, session);
    } catch (error) {
      found.failures.push(error);
    }
  }
  const objects = found.objects.filter(({ object }) =>
    selector.matches(textsAt(object, 'metadata', 'labels')),
  );
  return { ...found, objects };
}

function selectorOf(text: string): Selector {
  try {
    return parseLabelSelector(text);
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    throw new UserError(`the provided selector ${JSON.stringify(text)} is not valid: ${cause.message}`, {
      cause,
    });
  }
}

async function add(
  found: ReadManifests,
  object: JsonObject,
  source: string,
  session: Session,
): Promise<void> {
  try {
    found.objects.push(await resolve(object, source, session));
  } catch (error) {
    found.failures.push(error);
  }
}

function objectsOf(document: unknown, source: string, options: ReadOptions): JsonObject[] {
  if (!isRecord(document))
    throw new UserError(
      `unable to decode ${JSON.stringify(source)}: json: cannot unmarshal ${jsonKind(document)} into Go value of type unstructured.detector`,
    );
  refuseNameless(document, source, options);
  refuseOtherThanTexts(document, source);
  if (!textAt(document, 'kind').endsWith('List') || !Array.isArray(document.items)) return [document];
  return listAt(document, 'items').flatMap((item) => objectsOf(item, source, options));
}

function refuseNameless(document: JsonObject, source: string, { validates }: ReadOptions): void {
  const missing = ['apiVersion', 'kind']
    .filter((field) => !document[field])
    .map((field) => `${field} not set`);
  if (missing.length === 0) return;
  const file = JSON.stringify(source);
  if (validates) {
    const why = missing.length > 1 ? `[${missing.join(', ')}]` : missing[0];
    throw new UserError(
      `error validating ${file}: error validating data: ${why}; if you choose to ignore these errors, turn validation off with --validate=false`,
    );
  }
  const field = document.kind ? 'apiVersion' : 'Kind';
  throw new UserError(`unable to decode ${file}: Object '${field}' is missing in '${compactJson(document)}'`);
}

/** Labels and annotations have texts only: YAML makes `true` and `1` of what stands without quotes. */
function refuseOtherThanTexts(object: JsonObject, source: string): void {
  for (const field of ['labels', 'annotations']) {
    const wrong = Object.values(recordAt(object, 'metadata', field)).find(
      (value) => value !== null && typeof value !== 'string',
    );
    if (wrong === undefined) continue;
    throw new UserError(
      `unable to decode ${JSON.stringify(source)}: json: cannot unmarshal ${jsonKind(wrong)} into Go struct field ObjectMeta.metadata.${field} of type string`,
    );
  }
}

async function resolve(object: JsonObject, source: string, session: Session): Promise<ManifestObject> {
  const [apiVersion, kind] = [textAt(object, 'apiVersion'), textAt(object, 'kind')];
  const name = textAt(object, 'metadata', 'name');
  const own = textAt(object, 'metadata', 'namespace');
  const type = await session.discovery.ofKind(apiVersion, kind);
  if (!type)
    throw new UserError(
      `resource mapping not found for name: ${JSON.stringify(name)} namespace: ${JSON.stringify(own)} from ${JSON.stringify(source)}: ` +
        `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}\nensure CRDs are installed first`,
    );
  if (!type.namespaced) return { object, type, name, namespace: undefined, source };
  if (own && session.namespaceIsForced && own !== session.namespace)
    throw new UserError(
      `the namespace from the provided object ${JSON.stringify(own)} does not match the namespace ${JSON.stringify(session.namespace)}. You must pass '--namespace=${own}' to perform this operation.`,
    );
  const namespace = own || session.namespace;
  const metadata = { ...recordAt(object, 'metadata'), namespace };
  return { object: { ...object, metadata }, type, name, namespace, source };
}
