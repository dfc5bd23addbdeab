// From bytes to JSON: the request's body, bounded, in one of the encodings that we take.

import type { IncomingMessage } from 'node:http';
import { ApiError } from '../../../shared/machinery/index.ts';

/** As upstream: 3 MiB. */
export const maxBodyBytes = 3 * 1024 * 1024;

const jsonTypes = new Set([
  '',
  '*/*',
  'application/json',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
]);
const yamlTypes = new Set(['application/yaml', 'application/apply-patch+yaml']);

/** The media type without its parameters, lower-case. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Undefined: there is no body. Throws RequestEntityTooLarge, UnsupportedMediaType, BadRequest. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  const type = mediaType(request.headers['content-type']);
  if (!jsonTypes.has(type) && !yamlTypes.has(type)) {
    throw new ApiError(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml`,
    );
  }
  const text = decodeUtf8(bytes);
  return yamlTypes.has(type) ? parseYaml(text) : parseJson(text);
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = new ApiError(
    'RequestEntityTooLarge',
    `Request entity too large: limit is ${maxBodyBytes}`,
  );
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) throw tooLarge;
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodeUtf8(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new ApiError('BadRequest', 'the body of the request is not valid UTF-8', undefined, {
      cause: error,
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ApiError('BadRequest', `couldn't get version/kind; json parse error: ${why}`, undefined, {
      cause: error,
    });
  }
}

/** JSON is YAML too, and by far the faster to read. */
async function parseYaml(text: string): Promise<unknown> {
  if (/^\s*[{[]/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      // It may still be YAML's own flow style.
    }
  }
  const { parse } = await import('yaml');
  try {
    return parse(text, { maxAliasCount: 100, uniqueKeys: true });
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    const message = `error decoding YAML: error converting YAML to JSON: yaml: ${why}`;
    throw new ApiError('BadRequest', message, undefined, { cause: error });
  }
}
