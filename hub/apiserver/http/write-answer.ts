// From the pipeline's answer to bytes on the connection.

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { isRecord } from '../../../shared/machinery/index.ts';
import type { RestAnswer } from '../request.ts';
import type { JsonTexts } from '../serialise.ts';
import type { Encoding } from './negotiate.ts';

/** As upstream: smaller answers are not worth the work. */
const gzipFromBytes = 128 * 1024;
const compress = promisify(gzip);

export interface AnswerOptions {
  texts: JsonTexts;
  encoding: Encoding;
  /** The client takes gzip. */
  gzip: boolean;
}

/** Writes the whole answer, waiting for a slow client; resolves when it is sent or the client has gone. */
export async function writeAnswer(
  response: ServerResponse,
  answer: RestAnswer,
  options: AnswerOptions,
): Promise<void> {
  for (const warning of answer.warnings ?? []) response.appendHeader('Warning', `299 - ${quoted(warning)}`);
  switch (answer.type) {
    case 'object':
      return writeObject(response, answer.code, answer.body, options);
    case 'bytes':
      response.writeHead(answer.code, {
        'content-type': answer.contentType,
        'content-length': answer.body.length,
        ...answer.headers,
      });
      response.end(answer.body);
      return;
    case 'stream':
      response.writeHead(answer.code, { 'content-type': answer.contentType });
      response.flushHeaders();
      return pipeline(answer.stream, response);
    case 'session':
    case 'proxy':
      throw new TypeError('not an answer that is written');
    case 'watch':
      return writeWatch(response, answer.code, answer.events, answer.contentType, options.texts);
  }
}

async function writeObject(
  response: ServerResponse,
  code: number,
  body: unknown,
  options: AnswerOptions,
): Promise<void> {
  const json = options.texts.text(body);
  const text = options.encoding === 'yaml' ? (await import('yaml')).stringify(JSON.parse(json)) : `${json}\n`;
  let bytes: Buffer = Buffer.from(text);
  const zipped = options.gzip && bytes.length >= gzipFromBytes;
  if (zipped) bytes = await compress(bytes, { level: 1 });
  response.writeHead(code, {
    'content-type': `application/${options.encoding}`,
    'content-length': bytes.length,
    'cache-control': 'no-cache, private',
    ...retryAfter(code, body),
    ...(zipped && { 'content-encoding': 'gzip', vary: 'Accept-Encoding' }),
  });
  response.end(bytes);
}

/** As upstream: a refusal that says when to come back says so in the header too. */
function retryAfter(code: number, body: unknown): Record<string, string> {
  const details = code >= 400 && isRecord(body) ? body.details : undefined;
  const seconds = isRecord(details) ? details.retryAfterSeconds : undefined;
  return typeof seconds === 'number' && seconds > 0 ? { 'retry-after': `${seconds}` } : {};
}

async function writeWatch(
  response: ServerResponse,
  code: number,
  events: AsyncIterable<unknown>,
  contentType: string,
  texts: JsonTexts,
): Promise<void> {
  response.writeHead(code, { 'content-type': contentType, 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  for await (const event of events) {
    if (response.destroyed) break;
    if (!response.write(texts.event(event)))
      await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
}

/** As in RFC 7234: a quoted string of one line. */
function quoted(text: string): string {
  return `"${text.replace(/[\r\n]+/g, ' ').replace(/["\\]/g, '\\$&')}"`;
}
