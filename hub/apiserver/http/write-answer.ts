// From the pipeline's answer to bytes on the connection.

import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { isRecord } from '../../../shared/machinery/index.ts';
import type { RestAnswer } from '../request.ts';
import { isList, type JsonTexts } from '../serialise.ts';
import type { Encoding } from './negotiate.ts';
import { fittingWarnings } from './warning-headers.ts';
import { lastChunk, type WatchFrames } from './watch-frames.ts';
import { writeList } from './write-list.ts';

/** As upstream: smaller answers are not worth the work. */
const gzipFromBytes = 128 * 1024;
const gzipLevel = 1;
/** Lists of more objects are sent in pieces. */
const longList = 100;
const compress = promisify(gzip);

export interface AnswerOptions {
  texts: JsonTexts;
  frames: WatchFrames;
  encoding: Encoding;
  /** The client takes gzip. */
  gzip: boolean;
  /** A person reads it. */
  pretty?: boolean;
}

/** Writes the whole answer, waiting for a slow client; resolves when it is sent or the client has gone. */
export async function writeAnswer(
  response: ServerResponse,
  answer: RestAnswer,
  options: AnswerOptions,
): Promise<void> {
  if (answer.warnings) {
    for (const warning of fittingWarnings(answer.warnings))
      response.appendHeader('Warning', `299 - ${quoted(warning)}`);
  }
  switch (answer.type) {
    case 'object':
      return writeObject(response, answer, options);
    case 'bytes':
      response.writeHead(answer.code, {
        'content-type': answer.contentType,
        'content-length': answer.body.length,
        ...answer.turn?.headers,
        ...answer.headers,
      });
      response.end(answer.body);
      return;
    case 'stream':
      response.writeHead(answer.code, { 'content-type': answer.contentType, ...answer.turn?.headers });
      response.flushHeaders();
      return pipeline(answer.stream, response);
    case 'session':
    case 'proxy':
      throw new TypeError('not an answer that is written');
    case 'watch':
      return writeWatch(response, answer, options);
  }
}

async function writeObject(
  response: ServerResponse,
  { code, body, turn }: RestAnswer & { type: 'object' },
  options: AnswerOptions,
): Promise<void> {
  const { texts, encoding } = options;
  if (encoding === 'json' && !options.pretty && isList(body) && body.items.length > longList) {
    const gzip = options.gzip ? gzipLevel : undefined;
    return writeList(response, {
      code,
      headers: { ...headersOf('json', options.gzip), ...turn?.headers },
      list: body,
      texts,
      gzip,
    });
  }
  const json = texts.text(body);
  const text =
    encoding === 'yaml' ? (await import('yaml')).stringify(JSON.parse(json)) : `${shown(json, options)}\n`;
  const length = Buffer.byteLength(text);
  const zipped = options.gzip && length >= gzipFromBytes;
  const sent = zipped ? await compress(text, { level: gzipLevel }) : text;
  const headers = headersOf(encoding, zipped);
  if (turn) Object.assign(headers, turn.headers);
  const seconds = code >= 400 ? secondsToWait(body) : 0;
  if (seconds > 0) headers['retry-after'] = `${seconds}`;
  headers['content-length'] = typeof sent === 'string' ? length : sent.length;
  response.writeHead(code, headers);
  // A text goes out in one piece with its headers, as UTF-8: what a header has beyond ASCII are bytes already.
  response.end(response.hasHeader('warning') && typeof sent === 'string' ? Buffer.from(sent) : sent);
}

function headersOf(encoding: Encoding, zipped: boolean): OutgoingHttpHeaders {
  const type = `application/${encoding}`;
  const plain = { 'content-type': type, 'cache-control': 'no-cache, private' };
  return zipped ? { ...plain, 'content-encoding': 'gzip', vary: 'Accept-Encoding' } : plain;
}

function shown(json: string, { pretty }: AnswerOptions): string {
  return pretty ? JSON.stringify(JSON.parse(json), undefined, 2) : json;
}

/** As upstream: a refusal that says when to come back says so in the header too. */
function secondsToWait(body: unknown): number {
  const details = isRecord(body) ? body.details : undefined;
  const seconds = isRecord(details) ? details.retryAfterSeconds : undefined;
  return typeof seconds === 'number' ? seconds : 0;
}

async function writeWatch(
  response: ServerResponse,
  { code, events, shown, contentType, turn }: RestAnswer & { type: 'watch' },
  { texts, frames }: AnswerOptions,
): Promise<void> {
  response.writeHead(code, {
    ...{ 'content-type': contentType, 'cache-control': 'no-cache, private' },
    ...turn?.headers,
  });
  response.flushHeaders();
  const chunked = response.chunkedEncoding;
  // Node would frame each chunk for each watcher.
  response.chunkedEncoding = false;
  const more = () => events.resume();
  await events.read((event) => {
    if (response.destroyed) {
      events.stop();
      return false;
    }
    const bytes = chunked ? frames.chunk(shown(event)) : texts.event(shown(event));
    // Past its headers an answer has the connection to itself: an event need not wait there for more to go with it.
    const to = response.socket ?? response;
    if (to.write(bytes)) return true;
    to.once('drain', more);
    return false;
  });
  response.end(chunked ? lastChunk : undefined);
}

/** As in RFC 7234: a quoted string of one line. As upstream its bytes are UTF-8, which Node takes one by one. */
function quoted(text: string): string {
  const line = `"${text.replace(/\p{Cc}+/gu, ' ').replace(/["\\]/g, '\\$&')}"`;
  return Buffer.from(line).toString('latin1');
}
