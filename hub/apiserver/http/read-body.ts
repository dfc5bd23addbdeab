// From bytes to JSON: the request's body, bounded, in one of the encodings that we take.

import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../../shared/base/index.ts';
import { ApiError, jsonFault } from '../../../shared/machinery/index.ts';
import { parseGoJson } from '../parse-json.ts';
import type { Sent } from '../request.ts';

/** As upstream: 3 MiB. */
export const maxBodyBytes = 3 * 1024 * 1024;
/** Up to here a body that is too long is read and thrown away: a client that still writes would not see the answer. */
const mostReadBytes = 32 * 1024 * 1024;

const jsonTypes = new Set([
  '',
  '*/*',
  'application/json',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
]);
const protobufType = 'application/vnd.kubernetes.protobuf';
const yamlTypes = new Set(['application/yaml', 'application/apply-patch+yaml']);

/** The media type without its parameters, lower-case. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Throws RequestEntityTooLarge, UnsupportedMediaType, BadRequest. */
export async function readBody(request: IncomingMessage): Promise<Sent> {
  const bytes = await readBytes(request);
  const contentType = request.headers['content-type'];
  if (bytes.length === 0) return { body: undefined, contentType };
  const type = mediaType(contentType);
  if (type === protobufType) return { body: await readProtobuf(bytes), contentType: 'application/json' };
  if (!jsonTypes.has(type) && !yamlTypes.has(type)) {
    // Which patches there are is known to who applies them.
    if (request.method === 'PATCH') return { body: undefined, contentType };
    throw unknownFormat();
  }
  const text = decodeUtf8(bytes);
  const read = yamlTypes.has(type) ? await parseYaml(text, bytes) : parseJson(text, bytes);
  const { body, text: sent, duplicates, bodyFault } = read;
  return { body, contentType, text: sent, duplicates, bodyFault };
}

/** What kubectl's typed commands send; anything else of that name is a format that we don't know. */
async function readProtobuf(bytes: Buffer): Promise<unknown> {
  const { decodeProtobuf } = await import('./protobuf/decode-protobuf.ts');
  const decoded = decodeProtobuf(bytes);
  if (!decoded) throw unknownFormat();
  return decoded;
}

function unknownFormat(): ApiError {
  return new ApiError(
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
  );
}

function readBytes(request: IncomingMessage): Promise<Buffer> {
  const { 'content-length': declared, 'transfer-encoding': coding } = request.headers;
  const expected = Number(declared ?? 0);
  if (expected > mostReadBytes) throw tooLarge();
  if (coding === undefined && expected === 0) return Promise.resolve(nothing);
  if (request.destroyed) return Promise.reject(hasGone(request.errored));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBodyBytes && expected <= maxBodyBytes) chunks.push(chunk);
      else chunks.length = 0;
      if (length > mostReadBytes) reject(tooLarge());
    });
    request.once('end', () => {
      if (length > maxBodyBytes) reject(tooLarge());
      else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    });
    request.once('error', (cause) => reject(hasGone(cause)));
  });
}

const nothing = Buffer.alloc(0);

/** Nobody hears it; it ends the request. */
function hasGone(cause: unknown): ApiError {
  const message = 'the client has gone before it had sent all of the request';
  return new ApiError('BadRequest', message, undefined, { cause });
}

function tooLarge(): ApiError {
  return new ApiError('RequestEntityTooLarge', `Request entity too large: limit is ${maxBodyBytes}`);
}

/** A mark of the order of bytes is part of the text: what reads it knows whether it may be there. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new ApiError('BadRequest', 'the body of the request is not valid UTF-8', undefined, {
      cause: error,
    });
  }
}

type Read = Omit<Sent, 'contentType'>;

function parseJson(text: string, sent: Buffer): Read {
  try {
    return parseGoJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { body: undefined, bodyFault: { format: 'JSON', why: jsonFault(text), sent } };
  }
}

/** JSON is YAML too, and by far the faster to read. */
async function parseYaml(text: string, sent: Buffer): Promise<Read> {
  if (/^[ \t\r\n]*[{[]/.test(text)) {
    try {
      return parseGoJson(text);
    } catch {
      // It may still be YAML's own flow style.
    }
  }
  const { readYaml } = await import('./yaml-reader.ts');
  try {
    return await readYaml(text);
  } catch (error) {
    const why = messageOf(error);
    return { body: undefined, bodyFault: { format: 'YAML', why, sent } };
  }
}
