// A review goes to a webhook and its answer comes back: JSON over HTTPS, in a bounded time.

import { request } from 'node:https';
import { messageOf } from '../../../shared/base/index.ts';
import { goQuoted } from '../../../shared/machinery/index.ts';
import { goWords } from '../go-words.ts';
import { addressText, type WebhookAddress } from './webhook-address.ts';

/** An answer of more bytes is refused. */
const mostBytes = 8 * 1024 * 1024;

export interface ReviewPost {
  /** PEM in base64; absent: the system's authorities. */
  caBundle: string | undefined;
  timeoutSeconds: number;
  body: unknown;
}

/** Answers the parsed body. Throws an Error in Go's words, as far as they can be known. */
export async function postReview(
  address: WebhookAddress,
  { caBundle, timeoutSeconds, body }: ReviewPost,
): Promise<unknown> {
  const { url, connect } = address;
  const text = JSON.stringify(body);
  const prefix = `Post ${JSON.stringify(addressText(address))}`;
  const signal = AbortSignal.timeout(Math.ceil(timeoutSeconds * 1000));
  const socket = await connect?.tunnel?.(signal).catch((cause: Error) => {
    throw new Error(`${prefix}: ${cause.message}`, { cause });
  });
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${prefix}: ${why}`));
    const call = request(
      {
        method: 'POST',
        host: connect?.host ?? url.hostname.replace(/^\[|\]$/g, ''),
        port: connect?.port ?? (url.port || 443),
        path: url.pathname + url.search,
        headers: {
          host: url.host,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          accept: 'application/json',
        },
        servername: /^[\d.]+$|:/.test(url.hostname) ? '' : url.hostname,
        ...(caBundle && { ca: Buffer.from(caBundle, 'base64') }),
        ...(socket && { socket }),
        signal,
        agent: false,
      },
      (response) => {
        const parts: Buffer[] = [];
        let size = 0;
        response.on('data', (part: Buffer) => {
          size += part.length;
          if (size > mostBytes) call.destroy(new Error(`the answer has more than ${mostBytes} bytes`));
          else parts.push(part);
        });
        response.on('error', (error) => fail(error.message));
        response.on('end', () => {
          const code = response.statusCode ?? 0;
          const said = Buffer.concat(parts).toString();
          if (code < 200 || code > 299) return reject(new Error(refusalText(code, said)));
          try {
            resolve(JSON.parse(said));
          } catch (error) {
            fail(messageOf(error));
          }
        });
      },
    );
    call.on('error', (error: NodeJS.ErrnoException) =>
      fail(goWords(error, connect ?? { host: url.hostname, port: url.port || '443' }, url.hostname)),
    );
    call.end(text);
  });
}

/** What client-go makes of an answer that is no Status (errors.NewGenericServerResponse). */
const refusals: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  409: 'the server reported a conflict',
  422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};

function refusalText(code: number, said: string): string {
  const known = refusals[code];
  if (known) return known;
  return code >= 500
    ? `an error on the server (${goQuoted(said.trim() || 'unknown')}) has prevented the request from succeeding`
    : `the server responded with the status code ${code} but did not return more information`;
}
