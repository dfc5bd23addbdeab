// Keeps a chatty source from flooding the cluster with Events, by the rules of client-go's EventCorrelator:
// the same event counts up, many similar ones become one, and a source that goes on and on is cut off for a while.

import type { Event } from '../api/index.ts';

/** Distinct messages of one kind of event before they are combined into one. */
const similarLimit = 10;
/** Similar events further apart than this start a new count. */
const similarWithinMs = 600_000;
/** Events that one source may write about one object at once, and how long it takes to earn another. */
const burst = 25;
const refillMs = 300_000;
/** Most kinds of event, and most sources, that are remembered. */
const memory = 4096;

/** What is to be done with an event: written anew, counted up, or not at all. */
export type Verdict =
  | { action: 'create'; event: Event }
  | { action: 'count'; event: Event }
  | { action: 'drop' };

interface Seen {
  name: string;
  count: number;
  firstTimestamp: string | undefined;
}

interface Similar {
  messages: Set<string>;
  last: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

export class EventCorrelator {
  private readonly seen = new Map<string, Seen>();
  private readonly similar = new Map<string, Similar>();
  private readonly buckets = new Map<string, Bucket>();

  /** `event`: fresh, with count 1, its name, message and timestamps. `now`: milliseconds. */
  judge(event: Event, now: number): Verdict {
    const { key, event: judged } = this.aggregate(event, now);
    const seen = this.seen.get(key);
    const counted: Event = seen
      ? {
          ...judged,
          metadata: { ...judged.metadata, name: seen.name },
          count: seen.count + 1,
          ...(seen.firstTimestamp && { firstTimestamp: seen.firstTimestamp }),
        }
      : judged;
    remember(this.seen, key, {
      name: counted.metadata.name ?? '',
      count: counted.count ?? 1,
      firstTimestamp: counted.firstTimestamp,
    });
    if (!this.mayWrite(event, now)) return { action: 'drop' };
    return { action: seen ? 'count' : 'create', event: counted };
  }

  private aggregate(event: Event, now: number): { key: string; event: Event } {
    const kindOfEvent = aggregateKey(event);
    const known = this.similar.get(kindOfEvent);
    const similar =
      known && now - known.last <= similarWithinMs ? known : { messages: new Set<string>(), last: now };
    similar.messages.add(event.message ?? '');
    similar.last = now;
    remember(this.similar, kindOfEvent, similar);
    if (similar.messages.size < similarLimit) return { key: `${kindOfEvent}\n${event.message}`, event };
    const [oldest] = similar.messages;
    if (oldest !== undefined) similar.messages.delete(oldest);
    return {
      key: kindOfEvent,
      event: { ...event, message: `(combined from similar events): ${event.message}` },
    };
  }

  private mayWrite(event: Event, now: number): boolean {
    const key = sourceKey(event);
    const bucket = this.buckets.get(key) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, bucket.tokens + Math.max(0, now - bucket.at) / refillMs);
    const allowed = tokens >= 1;
    remember(this.buckets, key, { tokens: allowed ? tokens - 1 : tokens, at: now });
    return allowed;
  }
}

function sourceKey({ source, involvedObject: about }: Event): string {
  return [
    source?.component,
    source?.host,
    about.kind,
    about.namespace,
    about.name,
    about.uid,
    about.apiVersion,
  ].join('\n');
}

function aggregateKey(event: Event): string {
  const { fieldPath = '' } = event.involvedObject;
  return [
    sourceKey(event),
    fieldPath,
    event.type,
    event.reason,
    event.reportingComponent,
    event.reportingInstance,
  ].join('\n');
}

/** Keeps the newest; the one that was not touched for longest goes first. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= memory) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
