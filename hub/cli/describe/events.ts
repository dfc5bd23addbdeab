// The events of an object, at the end of its description.

import { isRecord } from '../../../shared/machinery/index.ts';
import { textAt, valueAt } from '../json.ts';
import { readList } from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import { type DescribeText, sinceText } from './describe-text.ts';

/** The last of them are enough. */
const mostEvents = 500;

export async function eventsOf(object: unknown, session: Session): Promise<unknown[]> {
  const namespace = textAt(object, 'metadata', 'namespace');
  const fields: [string, string][] = [
    ['involvedObject.name', textAt(object, 'metadata', 'name')],
    ['involvedObject.namespace', namespace],
    ['involvedObject.kind', textAt(object, 'kind')],
    // Nodes report events before they know their uid.
    ['involvedObject.uid', textAt(object, 'kind') === 'Node' ? '' : textAt(object, 'metadata', 'uid')],
  ];
  const fieldSelector = fields
    .filter(([, value]) => value !== '')
    .map(([field, value]) => `${field}=${value}`)
    .join(',');
  const type = await session.discovery.named('events');
  const events = await readList(session, type, { namespace: namespace || undefined, fieldSelector });
  return events.sort((a, b) => lastSeen(a) - lastSeen(b)).slice(-mostEvents);
}

function lastSeen(event: unknown): number {
  return Date.parse(textAt(event, 'lastTimestamp')) || 0;
}

export function describeEvents(text: DescribeText, events: readonly unknown[]): void {
  text.line(0, 'Events:', ...(events.length === 0 ? ['<none>'] : []));
  if (events.length === 0) return;
  text.line(1, 'Type', 'Reason', 'Age', 'From', 'Message');
  text.line(1, '----', '------', '----', '----', '-------');
  for (const event of events) {
    const from = textAt(event, 'source', 'component') || textAt(event, 'reportingComponent');
    text.line(
      1,
      textAt(event, 'type'),
      textAt(event, 'reason'),
      ageOf(event),
      from,
      textAt(event, 'message').trim(),
    );
  }
}

function ageOf(event: unknown): string {
  const first = sinceText(textAt(event, 'eventTime') || textAt(event, 'firstTimestamp'));
  const series = valueAt(event, 'series');
  if (isRecord(series))
    return `${sinceText(textAt(series, 'lastObservedTime'))} (x${textAt(series, 'count')} over ${first})`;
  const count = Number(textAt(event, 'count') || 0);
  return count > 1 ? `${sinceText(textAt(event, 'lastTimestamp'))} (x${count} over ${first})` : first;
}
