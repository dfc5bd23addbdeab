// The events of a watch as they come over HTTP: one JSON document a line.

import type { IncomingMessage } from 'node:http';
import { ApiError, isRecord } from '../../shared/machinery/index.ts';
import { recordAt, textAt } from './json.ts';
import type { Session } from './session.ts';

export interface SeenEvent {
  type: string;
  object: unknown;
}

/**
 * Until the server ends the watch, or the connection breaks. Throws ApiError for an ERROR event, and the signal's
 * reason when it aborts.
 */
export async function* watchEvents(
  session: Session,
  path: string,
  { accept, signal = session.terminal.interrupted }: { accept?: string; signal?: AbortSignal } = {},
): AsyncGenerator<SeenEvent> {
  const stream = await session.api.stream(path, { signal, ...(accept && { accept }) });
  try {
    for await (const line of linesOf(stream, signal)) {
      const event: unknown = JSON.parse(line);
      const object = recordAt(event, 'object');
      if (textAt(event, 'type') === 'ERROR') throw failureOf(object);
      if (isRecord(event)) yield { type: textAt(event, 'type'), object };
    }
  } finally {
    stream.destroy();
  }
}

async function* linesOf(stream: IncomingMessage, signal: AbortSignal): AsyncGenerator<string> {
  stream.setEncoding('utf8');
  let begun = '';
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      const lines = (begun + chunk).split('\n');
      begun = lines.pop() ?? '';
      yield* lines.filter((line) => line.trim() !== '');
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!isBroken(error)) throw error;
  }
}

/** The connection ended amid the answer. */
function isBroken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
}

function failureOf(status: unknown): ApiError {
  return ApiError.fromStatus({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: textAt(status, 'message'),
    reason: textAt(status, 'reason'),
    code: Number(textAt(status, 'code') || 500),
  });
}
