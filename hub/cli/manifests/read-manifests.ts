// The objects of manifests, each with its type and namespace.

import { UserError } from '../../../shared/base/index.ts';
import { isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import type { ResourceType } from '../discovery/index.ts';
import { listAt, recordAt, textAt } from '../json.ts';
import { compactJson } from '../printers/go-json.ts';
import type { Session } from '../session.ts';
import { manifestTexts } from './find-files.ts';
import { parseDocuments } from './parse-documents.ts';

export interface FileFlags {
  filename?: readonly string[];
  recursive?: boolean;
}

export interface ManifestObject {
  /** Carries its namespace, if its type has one. */
  object: JsonObject;
  type: ResourceType;
  name: string;
  namespace: string | undefined;
  source: string;
}

/** Lists are taken apart. Throws UserError in kubectl's words for what is no object of a kind that the server has. */
export async function readManifests(flags: FileFlags, session: Session): Promise<ManifestObject[]> {
  const found: ManifestObject[] = [];
  for (const text of await manifestTexts(flags.filename ?? [], flags.recursive ?? false)) {
    for (const document of await parseDocuments(text)) {
      for (const object of objectsOf(document, text.source))
        found.push(await resolve(object, text.source, session));
    }
  }
  return found;
}

function objectsOf(document: unknown, source: string): JsonObject[] {
  if (!isRecord(document))
    throw new UserError(`unable to decode ${JSON.stringify(source)}: ${compactJson(document)} is no object`);
  const what = document.apiVersion ? 'Kind' : 'apiVersion';
  if (!document.kind || !document.apiVersion)
    throw new UserError(
      `unable to decode ${JSON.stringify(source)}: Object '${document.kind ? what : 'Kind'}' is missing in '${compactJson(document)}'`,
    );
  if (!textAt(document, 'kind').endsWith('List') || !Array.isArray(document.items)) return [document];
  return listAt(document, 'items').flatMap((item) => objectsOf(item, source));
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
