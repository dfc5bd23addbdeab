// What another HTTP server answers, as one message: other API servers, and whatever pods, services and nodes serve.

import type { IncomingMessage } from 'node:http';
import type { RpcRequest } from '../../../shared/bus/index.ts';
import { collect } from '../collect.ts';
import { openTarget, redirects, redirectText, unreachable } from '../open-target.ts';
import type { ProxyTarget } from '../stream-session.ts';

/** Seconds: a client waits for its answer a little longer. */
const longestWatch = 20;
/** Milliseconds that its server may be late in ending it. */
const lateMs = 2_000;

export interface PassedOn {
  code: number;
  /** JSON; undefined: it has more bytes than may be. */
  text: string | undefined;
  warnings: string[];
}

/** The path of a watch that ends in time for its answer. */
export function withDeadline(path: string): string {
  const [plain = '', query = ''] = path.split('?');
  const asked = new URLSearchParams(query);
  const seconds = Number(asked.get('timeoutSeconds') ?? longestWatch);
  const kept = seconds > 0 && seconds < longestWatch ? seconds : longestWatch;
  asked.set('timeoutSeconds', `${kept}`);
  return `${plain}?${asked}`;
}

/** `text`: the body as it was sent. Throws ApiError (ServiceUnavailable: nobody answers there). */
export async function passOn(
  target: ProxyTarget,
  { method, contentType = 'application/json', watches }: RpcRequest & { watches: boolean },
  text: string | undefined,
  { signal, limit }: { signal: AbortSignal; limit: number },
): Promise<PassedOn> {
  const body = text === undefined ? undefined : Buffer.from(text);
  const headers = {
    accept: 'application/json',
    ...(body && { 'content-type': contentType, 'content-length': body.length }),
  };
  const asked = { method, headers, ...(body && { body }) };
  const { answer, release } = await openTarget(target, asked, signal).catch((cause: unknown) => {
    throw unreachable(target, cause);
  });
  try {
    const { statusCode: code = 502 } = answer;
    const warnings = warningsOf(answer);
    if (target.isApiServer && redirects(answer))
      return { code: 502, warnings: [], text: JSON.stringify(redirectText) };
    if (watches && code === 200) return { code, warnings, text: await eventsOf(answer, limit) };
    const bytes = await collect(answer, limit);
    return { code, warnings, text: bytes && jsonOf(bytes.toString('utf8'), answer.headers['content-type']) };
  } finally {
    release();
  }
}

/** What is no JSON is a text in JSON. */
function jsonOf(text: string, contentType = ''): string {
  return contentType.startsWith('application/json') && isJson(text) ? text : JSON.stringify(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The events of a watch as a list, up to its end; where there are too many, or it does not end, those that came. */
async function eventsOf(answer: IncomingMessage, limit: number): Promise<string> {
  const late = setTimeout(() => answer.destroy(), longestWatch * 1_000 + lateMs);
  const events: string[] = [];
  let size = 0;
  let rest = '';
  try {
    answer.setEncoding('utf8');
    for await (const part of answer) {
      const lines = `${rest}${part}`.split('\n');
      rest = lines.pop() ?? '';
      events.push(...lines.filter(isJson));
      size += part.length;
      if (size > limit) break;
    }
  } catch {
    // One that is cut has ended as well: the next goes on from what came.
  } finally {
    clearTimeout(late);
  }
  return `[${events.join(',')}]`;
}

/** The sentences of its Warning headers. */
function warningsOf({ headers }: IncomingMessage): string[] {
  const said = String(headers.warning ?? '').matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g);
  return [...said].map(([, text = '']) => Buffer.from(text.replace(/\\(.)/g, '$1'), 'latin1').toString());
}
