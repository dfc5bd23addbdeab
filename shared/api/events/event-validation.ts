// What is wrong with an event of events.k8s.io/v1, as upstream's validation of events says it: stricter than core/v1.
// Upstream looks at events in the words of core/v1, and its messages name those fields.

import type { Event } from 'kubernetes-types/events/v1';
import { deepEqual, type FieldError, FieldPath, faults, qualifiedName } from '../../machinery/index.ts';
import { immutable } from '../immutable.ts';

const path = new FieldPath();
const mostCharacters = { reportingInstance: 128, action: 128, reason: 128 };
const mostOfNote = 1024;

/** Of every event; an older one has no eventTime, and says less. */
export function validateEvent(event: Event): FieldError[] {
  const { regarding, reportingController = '', note = '' } = event;
  const namespace = event.metadata?.namespace ?? '';
  const involved = regarding?.namespace ?? '';
  const free = event.eventTime ? ['default', 'kube-system'] : ['', 'default'];
  const fits = involved === '' ? free.includes(namespace) : event.eventTime || involved === namespace;
  const found: FieldError[] = fits
    ? []
    : [faults.invalid(path.child('involvedObject', 'namespace'), involved, 'does not match event.namespace')];
  if (!event.eventTime) return found;
  const at = path.child('reportingController');
  if (!reportingController) found.push(faults.required(at));
  found.push(
    ...qualifiedName(reportingController).map((text) => faults.invalid(at, reportingController, text)),
  );
  for (const field of ['reportingInstance', 'action', 'reason'] as const) {
    const text = event[field] ?? '';
    if (!text) found.push(faults.required(path.child(field)));
    if (Buffer.byteLength(text) > mostCharacters[field]) found.push(tooLong(field, mostCharacters[field]));
  }
  if (Buffer.byteLength(note) > mostOfNote) found.push(tooLong('message', mostOfNote));
  return found;
}

function tooLong(field: string, most: number): FieldError {
  return faults.invalid(path.child(field), '', `can have at most ${most} characters`);
}

/** What the older API may say and the newer does not: events are made without it. */
export function validateNewEvent(event: Event): FieldError[] {
  const { type = '', deprecatedSource: source } = event;
  const old = {
    firstTimestamp: event.deprecatedFirstTimestamp,
    lastTimestamp: event.deprecatedLastTimestamp,
    count: event.deprecatedCount,
    source: source?.component || source?.host,
  };
  return [
    ...validateSeries(event),
    ...(event.eventTime ? [] : [faults.required(path.child('eventTime'))]),
    ...(type === 'Normal' || type === 'Warning'
      ? []
      : [faults.invalid(path.child('type'), '', `has invalid value: ${type}`)]),
    ...Object.entries(old)
      .filter(([, value]) => value)
      .map(([field]) => faults.invalid(path.child(field), '', 'needs to be unset')),
  ];
}

function validateSeries({ series }: Event): FieldError[] {
  if (!series) return [];
  const at = path.child('series');
  return [
    ...((series.count ?? 0) < 2 ? [faults.invalid(at.child('count'), '', 'should be at least 2')] : []),
    ...(series.lastObservedTime ? [] : [faults.required(at.child('lastObservedTime'))]),
  ];
}

/** Only a series goes on: all else was said when the event was made. */
export function validateEventUpdate(next: Event, old: Event): FieldError[] {
  const same = (field: string, after: unknown, before: unknown) =>
    immutable(after, before, path.child(field));
  return [
    ...(deepEqual(next.series, old.series) ? [] : validateSeries(next)),
    ...same('involvedObject', next.regarding, old.regarding),
    ...same('reason', next.reason, old.reason),
    ...same('message', next.note, old.note),
    ...same('source', next.deprecatedSource, old.deprecatedSource),
    ...same('firstTimestamp', next.deprecatedFirstTimestamp, old.deprecatedFirstTimestamp),
    ...same('lastTimestamp', next.deprecatedLastTimestamp, old.deprecatedLastTimestamp),
    ...same('count', next.deprecatedCount, old.deprecatedCount),
    ...same('type', next.type, old.type),
    ...same('eventTime', next.eventTime ?? null, old.eventTime ?? null),
    ...same('action', next.action, old.action),
    ...same('related', next.related, old.related),
    ...same('reportingController', next.reportingController, old.reportingController),
    ...same('reportingInstance', next.reportingInstance, old.reportingInstance),
  ];
}
