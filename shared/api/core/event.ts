// The Kind Event: what happened to an object, told by who did or saw it.

export type { Event } from 'kubernetes-types/core/v1';

import type { Event } from 'kubernetes-types/core/v1';
import {
  dns1123Subdomain,
  type FieldError,
  FieldPath,
  faults,
  humanDuration,
  qualifiedName,
} from '../../machinery/index.ts';
import { nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';

const root = new FieldPath();
const mostCharacters = { reportingInstance: 128, action: 128, reason: 128, message: 1024 };

export const strategy: Strategy<Event> = {
  schema: 'io.k8s.api.core.v1.Event',
  nameRule: 'path-segment',
  createOnUpdate: true,
  garbagePolicy: 'Unsupported',
  validate: validateEvent,
  fields: {
    'involvedObject.kind': (event) => event.involvedObject?.kind ?? '',
    'involvedObject.namespace': (event) => event.involvedObject?.namespace ?? '',
    'involvedObject.name': (event) => event.involvedObject?.name ?? '',
    'involvedObject.uid': (event) => event.involvedObject?.uid ?? '',
    'involvedObject.apiVersion': (event) => event.involvedObject?.apiVersion ?? '',
    'involvedObject.resourceVersion': (event) => event.involvedObject?.resourceVersion ?? '',
    'involvedObject.fieldPath': (event) => event.involvedObject?.fieldPath ?? '',
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent ?? '',
    source: (event) => event.source?.component || event.reportingComponent || '',
    type: (event) => event.type ?? '',
  },
  columns: [
    textColumn(
      'Last Seen',
      'The time at which the most recent occurrence of this event was recorded.',
      lastSeen,
    ),
    textColumn(
      'Type',
      'Type of this event (Normal, Warning), new types could be added in the future',
      (event) => event.type ?? '',
    ),
    textColumn(
      'Reason',
      "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
      (event) => event.reason ?? '',
    ),
    textColumn('Object', 'The object that this event is about.', formatObject),
    textColumn(
      'Subobject',
      'If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a container within a pod, this would take on a value like: "spec.containers{name}" (where "name" refers to the name of the container that triggered the event) or if no container name is specified "spec.containers[2]" (container with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an object.',
      (event) => event.involvedObject?.fieldPath ?? '',
      'wide',
    ),
    textColumn(
      'Source',
      'The component reporting this event. Should be a short machine understandable string.',
      formatSource,
      'wide',
    ),
    textColumn('Message', 'A human-readable description of the status of this operation.', (event) =>
      (event.message ?? '').trim(),
    ),
    textColumn(
      'First Seen',
      'The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)',
      firstSeen,
      'wide',
    ),
    textColumn(
      'Count',
      'The number of times this event has occurred.',
      (event) => event.series?.count ?? (event.count || 1),
      'wide',
    ),
    { ...nameColumn(), priority: 1 },
  ],
};

/** As for events of core/v1: one with an eventTime must say who reports it and what was done. */
function validateEvent(event: Event): FieldError[] {
  const namespace = event.metadata?.namespace ?? '';
  return [
    ...validateNamespace(event.involvedObject?.namespace ?? '', namespace, !event.eventTime),
    ...(event.eventTime ? validateReport(event) : []),
    ...dns1123Subdomain(namespace).map((text) => faults.invalid(root.child('namespace'), namespace, text)),
  ];
}

function validateNamespace(involved: string, namespace: string, legacy: boolean): FieldError[] {
  const free = legacy ? ['', 'default'] : ['default', 'kube-system'];
  const fits = involved === '' ? free.includes(namespace) : !legacy || involved === namespace;
  const path = root.child('involvedObject', 'namespace');
  return fits ? [] : [faults.invalid(path, involved, 'does not match event.namespace')];
}

function validateReport(event: Event): FieldError[] {
  const { reportingComponent = '' } = event;
  // Upstream's name of the field within.
  const path = root.child('reportingController');
  const found = reportingComponent ? [] : [faults.required(path)];
  found.push(
    ...qualifiedName(reportingComponent).map((text) => faults.invalid(path, reportingComponent, text)),
  );
  for (const field of ['reportingInstance', 'action', 'reason', 'message'] as const) {
    const text = event[field] ?? '';
    if (!text && field !== 'message') found.push(faults.required(root.child(field)));
    if (Buffer.byteLength(text) > mostCharacters[field]) {
      const detail = `can have at most ${mostCharacters[field]} characters`;
      found.push(faults.invalid(root.child(field), '', detail));
    }
  }
  return found;
}

/** How long ago, e.g. `5m`. */
function since(time: string | null | undefined, now: number): string {
  return time ? humanDuration(now - Date.parse(time)) : '<unknown>';
}

function firstSeen(event: Event, now: number): string {
  return since(event.firstTimestamp || event.eventTime, now);
}

function lastSeen(event: Event, now: number): string {
  if (event.series) return since(event.series.lastObservedTime, now);
  return event.lastTimestamp ? since(event.lastTimestamp, now) : firstSeen(event, now);
}

function formatObject({ involvedObject }: Event): string {
  const kind = (involvedObject?.kind ?? '').toLowerCase();
  return involvedObject?.name ? `${kind}/${involvedObject.name}` : kind;
}

function formatSource({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent || '';
  const instance = source?.host || reportingInstance;
  return instance ? `${component}, ${instance}` : component;
}
