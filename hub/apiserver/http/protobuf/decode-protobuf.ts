// Kubernetes' protobuf bodies as JSON: what kubectl's typed commands (`kubectl create deployment …`) send without asking.
// messages.json holds the field numbers of the API's v1.32 types, as in upstream's generated.proto files:
// message → number → `name:type`, where a type is a scalar, a message, `map <type>`, and `[]` stands for repeated.
// A Go field that is no pointer is always on the wire, zero or not: zeros stay in the JSON as well, and who decodes it as its
// type takes out those that Go leaves out.

import { readFileSync } from 'node:fs';
import { ApiError, type JsonObject } from '../../../../shared/machinery/index.ts';
import { isInlined } from './embedded.ts';
import { wellKnown } from './well-known.ts';
import { fieldsOf, type WireValue } from './wire-reader.ts';

type Messages = Record<string, Record<string, string>>;

/** Before every body: https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding-idl */
const magic = Buffer.from('k8s\0');
const deepest = 100;
const meta = 'apimachinery.pkg.apis.meta.v1';

let messages: Messages | undefined;

/** Read when the first such body comes: JSON clients cost nothing. */
function load(): Messages {
  messages ??= JSON.parse(readFileSync(new URL('./messages.json', import.meta.url), 'utf8')) as Messages;
  return messages;
}

/** Undefined: these bytes are no Kubernetes protobuf of a type that we know. Throws BadRequest for what is broken. */
export function decodeProtobuf(body: Buffer): JsonObject | undefined {
  if (!body.subarray(0, magic.length).equals(magic)) return undefined;
  try {
    const unknown = decodeMessage('apimachinery.pkg.runtime.Unknown', body.subarray(magic.length), 0);
    const { apiVersion = '', kind = '' } = (unknown.typeMeta ?? {}) as { apiVersion?: string; kind?: string };
    const name = messageOf(apiVersion, kind);
    if (!name) return undefined;
    const raw = Buffer.from(String(unknown.raw ?? ''), 'base64');
    return { apiVersion, kind, ...decodeMessage(name, raw, 0) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ApiError('BadRequest', `the protobuf body can't be read: ${error.message}`, undefined, {
      cause: error,
    });
  }
}

function messageOf(apiVersion: string, kind: string): string | undefined {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const candidates = [`api.${group.split('.', 1)[0] || 'core'}.${version}.${kind}`, `${meta}.${kind}`];
  return candidates.find((name) => Object.hasOwn(load(), name));
}

function decodeMessage(name: string, bytes: Buffer, depth: number): JsonObject {
  if (depth > deepest) throw new RangeError('it is nested too deep');
  const fields = load()[name];
  if (!fields) throw new RangeError(`there is no message ${name}`);
  const object: JsonObject = {};
  for (const [number, value] of fieldsOf(bytes)) {
    const [field = '', type = ''] = fields[number]?.split(':') ?? [];
    if (!field) continue;
    const decoded = decodeValue(type.replace('[]', ''), value, depth + 1);
    if (type.endsWith('[]')) append(object, field, decoded);
    else if (type.startsWith('map ')) Object.assign(mapIn(object, field), decoded);
    else if (isInlined(field, decoded)) Object.assign(object, decoded);
    else if (decoded !== undefined) object[field] = decoded;
  }
  return object;
}

function decodeValue(type: string, value: WireValue, depth: number): unknown {
  if (typeof value === 'bigint') {
    return type === 'bool' ? value !== 0n : Number(BigInt.asIntN(64, value));
  }
  if (type === 'string') return value.toString('utf8');
  if (type === 'bytes') return value.toString('base64');
  if (type === 'double') return value.readDoubleLE();
  if (type.startsWith('map ')) return decodeEntry(type.slice(4), value, depth);
  const special = wellKnown[type.slice(type.lastIndexOf('.') + 1)];
  const message = decodeMessage(type, value, depth);
  return special ? special(message) : message;
}

/** One entry of a map: field 1 is the key, field 2 the value. */
function decodeEntry(type: string, bytes: Buffer, depth: number): JsonObject {
  let key = '';
  let value: unknown = type === 'string' || type === 'bytes' ? '' : {};
  for (const [number, each] of fieldsOf(bytes)) {
    if (number === 1 && typeof each !== 'bigint') key = each.toString('utf8');
    if (number === 2) value = decodeValue(type, each, depth);
  }
  if (key === '__proto__') throw new RangeError('a map has the key __proto__');
  return { [key]: value };
}

function append(object: JsonObject, field: string, value: unknown): void {
  const list = object[field];
  if (Array.isArray(list)) list.push(value);
  else object[field] = [value];
}

function mapIn(object: JsonObject, field: string): object {
  const known = object[field];
  if (typeof known === 'object' && known !== null) return known;
  const map = {};
  object[field] = map;
  return map;
}
