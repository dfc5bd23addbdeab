// The events of a watch as they come over HTTP: one JSON document a line.

import { createInterface } from 'node:readline';
import { ApiError, isRecord } from '../../shared/machinery/index.ts';
import { recordAt, textAt } from './json.ts';
import type { Session } from './session.ts';

export interface SeenEvent {
  type: string;
  object: unknown;
}

/** Until the server ends the watch or the signal aborts. Throws ApiError for an ERROR event. */
export async function* watchEvents(
  session: Session,
  path: string,
  { accept, signal = session.terminal.interrupted }: { accept?: string; signal?: AbortSignal } = {},
): AsyncGenerator<SeenEvent> {
  const stream = await session.api.stream(path, { signal, ...(accept && { accept }) });
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line === '') continue;
      const event: unknown = JSON.parse(line);
      const object = recordAt(event, 'object');
      if (textAt(event, 'type') === 'ERROR') throw failureOf(object);
      if (isRecord(event)) yield { type: textAt(event, 'type'), object };
    }
  } finally {
    stream.destroy();
  }
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
