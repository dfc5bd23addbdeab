// Tells people what is being done, as core/v1 Events. Recording never waits and never fails: an event that cannot be
// written is logged and forgotten.

import type { ObjectReference } from 'kubernetes-types/core/v1';
import { type Event, events } from '../api/index.ts';
import { backoffDelay, type Clock, type Logger } from '../base/index.ts';
import { ApiError, formatMicroTime, formatTime, type KubeObject } from '../machinery/index.ts';
import type { Client } from './client.ts';
import { EventCorrelator, type Verdict } from './event-correlator.ts';
import { addressOf } from './object-name.ts';

export type EventType = 'Normal' | 'Warning';

/** An object that events are about; `fieldPath` e.g. `spec.containers{web}`. */
export interface EventTarget {
  object: KubeObject;
  fieldPath?: string;
}

/** Records in the name of one component. */
export interface Recorder {
  event(about: KubeObject | EventTarget, type: EventType, reason: string, message: string): void;
}

/** Records in the form of events.k8s.io, as the scheduler does: what was done (`action`), no count, no source. */
export interface ActionRecorder {
  /** `related`: who else has to do with it, e.g. for whom a pod makes room. */
  event(
    about: KubeObject,
    type: EventType,
    reason: string,
    action: string,
    note: string,
    related?: KubeObject,
  ): void;
}

export interface EventRecorderOptions {
  client: Client;
  clock: Clock;
  log: Logger;
  /** Who we are among several of the same component: the hub's or the node's name. */
  instance: string;
  /** Most events that wait to be written; more are dropped (and logged once per overflow). */
  limit?: number;
}

const attempts = 5;
const retryDelay = { base: 500, max: 10_000 };
/** The API server refuses longer ones. */
const longestMessage = 1024;

export class EventRecorder {
  private readonly options: EventRecorderOptions;
  private readonly limit: number;
  private readonly correlator = new EventCorrelator();
  private readonly waiting: Exclude<Verdict, { action: 'drop' }>[] = [];
  private readonly aborter = new AbortController();
  private writing: Promise<void> | undefined;
  private dropped = 0;
  private sequence = 0;

  constructor(options: EventRecorderOptions) {
    this.options = options;
    this.limit = options.limit ?? 1000;
  }

  /** `host` is given by agents: it becomes `source.host`. */
  from(component: string, host?: string): Recorder {
    return {
      event: (about, type, reason, message) => {
        const now = this.options.clock.now();
        const at = formatTime(now);
        const target = 'object' in about ? about : { object: about };
        this.take({
          ...this.base(target, type, reason, message, now),
          source: host ? { component, host } : { component },
          firstTimestamp: at,
          lastTimestamp: at,
          count: 1,
          reportingComponent: component,
          reportingInstance: host ?? '',
        });
      },
    };
  }

  actionsFrom(component: string): ActionRecorder {
    return {
      event: (object, type, reason, action, note, related) => {
        const now = this.options.clock.now();
        this.push({
          action: 'create',
          event: {
            ...this.base({ object }, type, reason, note, now),
            source: {},
            eventTime: formatMicroTime(now),
            action,
            ...(related && { related: referenceTo(related) }),
            reportingComponent: component,
            reportingInstance: `${component}-${this.options.instance}`,
          },
        });
      },
    };
  }

  /** Resolves when everything recorded so far is written or given up. */
  async flush(): Promise<void> {
    while (this.writing) await this.writing;
  }

  /** Gives up what waits; resolves when the write under way has ended. */
  async stop(): Promise<void> {
    this.waiting.length = 0;
    this.aborter.abort();
    await this.flush();
  }

  private base(
    { object, fieldPath }: EventTarget,
    type: EventType,
    reason: string,
    message: string,
    now: number,
  ): Event {
    const { name = '', namespace = '' } = object.metadata ?? {};
    this.sequence = (this.sequence + 1) % 1_000_000;
    const unique = (BigInt(Math.trunc(now)) * 1_000_000n + BigInt(this.sequence)).toString(16);
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${unique}`, namespace: namespace || 'default' },
      involvedObject: { ...referenceTo(object), ...(fieldPath && { fieldPath }) },
      type,
      reason,
      message: message.length > longestMessage ? `${message.slice(0, longestMessage - 1)}…` : message,
    };
  }

  private take(event: Event): void {
    const verdict = this.correlator.judge(event, this.options.clock.now());
    if (verdict.action !== 'drop') this.push(verdict);
  }

  private push(verdict: Exclude<Verdict, { action: 'drop' }>): void {
    if (this.aborter.signal.aborted) return;
    if (this.waiting.length >= this.limit) {
      this.dropped += 1;
      if (this.dropped === 1) this.options.log.warn({ limit: this.limit }, 'too many events wait: dropping');
      return;
    }
    this.waiting.push(verdict);
    this.writing ??= this.drain();
  }

  private async drain(): Promise<void> {
    // Events are last in line: whoever recorded one goes on first.
    await Promise.resolve();
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) await this.write(next);
    if (this.dropped > 0) this.options.log.warn({ dropped: this.dropped }, 'events were dropped');
    this.dropped = 0;
    this.writing = undefined;
  }

  private async write(verdict: Exclude<Verdict, { action: 'drop' }>): Promise<void> {
    const { clock, log } = this.options;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.send(verdict);
      } catch (error) {
        // What the API refuses (the namespace is going away, the message is bad) it will refuse again.
        const refused = error instanceof ApiError && error.code < 500 && error.code !== 429;
        if (refused || attempt + 1 >= attempts || this.aborter.signal.aborted) {
          log.debug({ err: error, event: verdict.event }, 'event not written');
          return;
        }
        await clock.sleep(backoffDelay(attempt, retryDelay), this.aborter.signal).catch(() => undefined);
      }
    }
  }

  private async send({ action, event }: Exclude<Verdict, { action: 'drop' }>): Promise<void> {
    const { client } = this.options;
    if (action === 'count') {
      const { count, lastTimestamp, message } = event;
      try {
        await client.patch(events, addressOf(event), 'application/strategic-merge-patch+json', {
          count,
          lastTimestamp,
          message,
        });
        return;
      } catch (error) {
        if (!ApiError.is(error, 'NotFound')) throw error;
        // It has expired meanwhile: begin again under its name.
      }
    }
    await client.create(events, event);
  }
}

function referenceTo({ apiVersion = '', kind = '', metadata = {} }: KubeObject): ObjectReference {
  const { name = '', namespace, uid, resourceVersion } = metadata;
  return {
    kind,
    ...(namespace && { namespace }),
    name,
    ...(uid && { uid }),
    apiVersion,
    ...(resourceVersion && { resourceVersion }),
  };
}
