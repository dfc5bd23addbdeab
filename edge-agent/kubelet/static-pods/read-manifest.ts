// Reads a static pod's manifest as strictly as the hub reads a pod: its fields, its defaults, its rules. Runs in a worker
// (see manifest-reader.ts), since what is needed for it weighs more than an agent has to spare.

import { parseAllDocuments } from 'yaml';
import { clusterReferences, decode, loadSchemaSet, type Pod, pods } from '../../../shared/api/index.ts';
import { messageOf } from '../../../shared/base/index.ts';
import { ApiError, faultText, isRecord, validateObjectMeta } from '../../../shared/machinery/index.ts';
import { goYamlOptions, goYamlValue, repeatedKeys } from '../../../shared/yaml/index.ts';

export type Manifest = { pod: Pod } | { fault: string };

/** YAML or JSON. The fault is one sentence for whoever wrote the file. */
export async function readManifest(text: string): Promise<Manifest> {
  try {
    const value = onlyDocument(text);
    if (typeof value === 'string') return { fault: value };
    return await readPod(value);
  } catch (error) {
    if (error instanceof ApiError) return { fault: error.message };
    throw error;
  }
}

function onlyDocument(text: string): Record<string, unknown> | string {
  const documents = parseAllDocuments(text, goYamlOptions);
  const [document] = 'empty' in documents ? [] : documents;
  if (!document) return 'the file is empty: it must hold one Pod';
  if ('empty' in documents || documents.length > 1)
    return `the file holds ${documents.length} documents: it must hold one Pod`;
  const [error] = document.errors;
  if (error) return `neither YAML nor JSON: ${error.message.split('\n')[0]}`;
  const [twice] = repeatedKeys(document, text);
  if (twice) return twice;
  let value: unknown;
  try {
    value = goYamlValue(document, text);
  } catch (error) {
    return `neither YAML nor JSON: ${messageOf(error)}`;
  }
  if (!isRecord(value)) return 'the file must hold one Pod';
  const { apiVersion, kind } = value;
  if (apiVersion === 'v1' && kind === 'Pod') return value;
  return `apiVersion: ${apiVersion}, kind: ${kind}: must be a Pod of apiVersion v1`;
}

async function readPod(value: Record<string, unknown>): Promise<Manifest> {
  const [schemas, strategy] = await Promise.all([loadSchemaSet(), pods.load()]);
  const { object, unknownFields } = decode(schemas, strategy.schema, value);
  if (unknownFields.length > 0) return { fault: `unknown field ${unknownFields.map(quoted).join(', ')}` };
  const pod: Pod = { apiVersion: 'v1', kind: 'Pod', ...object };
  pod.metadata = { ...pod.metadata, namespace: pod.metadata?.namespace || 'default' };
  strategy.default?.(pod);
  const faults = [
    ...validateObjectMeta(pod.metadata, { namespaced: true }),
    ...(strategy.validate?.(pod) ?? []),
    ...(strategy.validateCreate?.(pod) ?? []),
  ].map(faultText);
  return faults.length > 0 ? { fault: faults.join('; ') } : withoutReferences(pod);
}

/** A static pod runs without a hub: it can use nothing that only a hub could bring. In the words of later kubelets (1.34). */
function withoutReferences(pod: Pod): Manifest {
  const references = clusterReferences(pod);
  if (references.length === 0) return { pod };
  return { fault: `static pods may not reference ${references.join(', ')}` };
}

const quoted = (text: string) => JSON.stringify(text);
