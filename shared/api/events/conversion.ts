// Events are one store and two views: core/v1, in which they are stored, and events.k8s.io/v1, which says the same in
// newer words (as upstream's pkg/apis/core and pkg/apis/events convert them).

import type { Event as CoreEvent } from 'kubernetes-types/core/v1';
import type { Event } from 'kubernetes-types/events/v1';

export const eventsVersion = 'events.k8s.io/v1';

/** A new object; its parts are those of the one given. */
export function toCoreEvent(event: Event): CoreEvent {
  const { regarding, note, reportingController, apiVersion: _, kind: __, ...rest } = event;
  const { deprecatedSource, deprecatedFirstTimestamp, deprecatedLastTimestamp, deprecatedCount, ...same } =
    rest;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    ...same,
    metadata: event.metadata ?? {},
    involvedObject: regarding ?? {},
    ...(note && { message: note }),
    ...(deprecatedCount && { count: deprecatedCount }),
    ...(deprecatedFirstTimestamp && { firstTimestamp: deprecatedFirstTimestamp }),
    ...(deprecatedLastTimestamp && { lastTimestamp: deprecatedLastTimestamp }),
    ...(deprecatedSource && { source: deprecatedSource }),
    ...(reportingController && { reportingComponent: reportingController }),
  };
}

/** A new object; its parts are those of the one given. */
export function fromCoreEvent(event: CoreEvent): Event {
  const {
    involvedObject,
    message,
    reportingComponent,
    reportingInstance,
    apiVersion: _,
    kind: __,
    ...rest
  } = event;
  const { source, firstTimestamp, lastTimestamp, count, eventTime, series, ...same } = rest;
  const shown: Event = {
    apiVersion: eventsVersion,
    kind: 'Event',
    ...same,
    eventTime: eventTime ?? '',
    ...(series && {
      series: { count: series.count ?? 0, lastObservedTime: series.lastObservedTime ?? '' },
    }),
    ...(involvedObject && { regarding: involvedObject }),
    ...(message && { note: message }),
    ...(reportingComponent && { reportingController: reportingComponent }),
    ...(reportingInstance && { reportingInstance }),
    ...(count && { deprecatedCount: count }),
    ...(firstTimestamp && { deprecatedFirstTimestamp: firstTimestamp }),
    ...(lastTimestamp && { deprecatedLastTimestamp: lastTimestamp }),
    ...(source && { deprecatedSource: source }),
  };
  // As Go writes a time that is not set: the published type has no word for it.
  return eventTime ? shown : Object.assign(shown, { eventTime: null });
}
