// The few HTTPS requests that joining takes. Loaded only then.

import { request } from 'node:https';
import { UserError } from '../../shared/base/index.ts';
import { ApiError, type Status } from '../../shared/machinery/index.ts';

export interface HubRequest {
  method: 'GET' | 'POST';
  path: string;
  token?: string;
  body?: unknown;
  /** PEM; absent: whatever the other end shows is taken (its answer must then be checked). */
  ca?: string;
}

const timeoutMs = 10_000;

/** Answers the decoded JSON. Throws ApiError for a Status, UserError when the hub can't be reached or trusted. */
export async function askHub<T>(hub: string, { method, path, token, body, ca }: HubRequest): Promise<T> {
  const { code, text } = await new Promise<{ code: number; text: string }>((resolve, reject) => {
    const outgoing = request(
      new URL(path, hub),
      {
        method,
        timeout: timeoutMs,
        agent: false,
        ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
        headers: {
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ code: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  }).catch((error: Error) => {
    throw new UserError(
      `can't reach the hub at ${hub} (${error.message || String(error)}): is 'kelp hub' running there, and is the address right?`,
    );
  });
  const answer = parse(text, hub);
  if (code >= 400) throw ApiError.fromStatus(answer as Status);
  return answer as T;
}

function parse(text: string, hub: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(`what answers at ${hub} is no Kelp hub: check the address and the port`);
  }
}
