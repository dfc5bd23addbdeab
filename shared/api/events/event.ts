// The Kind Event of events.k8s.io/v1: what happened to an object, in the words of the newer API. Stored as core/v1.

export type { Event } from 'kubernetes-types/events/v1';

import type { Event as CoreEvent } from 'kubernetes-types/core/v1';
import type { Event } from 'kubernetes-types/events/v1';
import { deepFreeze, type Live } from '../../machinery/index.ts';
import { strategy as core } from '../core/event.ts';
import type { Column, Strategy } from '../resource.ts';
import { fromCoreEvent, toCoreEvent } from './conversion.ts';
import { validateEvent, validateEventUpdate, validateNewEvent } from './event-validation.ts';

export const strategy: Strategy<Event> = {
  schema: 'io.k8s.api.events.v1.Event',
  createOnUpdate: true,
  garbagePolicy: 'Unsupported',
  validate: validateEvent,
  validateCreate: validateNewEvent,
  validateUpdate: validateEventUpdate,
  toStore: toCoreEvent,
  fromStore: (stored: Live<CoreEvent>) => deepFreeze({ ...fromCoreEvent(stored), metadata: stored.metadata }),
  fields: {
    reason: (event) => event.reason ?? '',
    type: (event) => event.type ?? '',
    reportingController: (event) => event.reportingController ?? '',
    'regarding.kind': (event) => event.regarding?.kind ?? '',
    'regarding.namespace': (event) => event.regarding?.namespace ?? '',
    'regarding.name': (event) => event.regarding?.name ?? '',
    'regarding.uid': (event) => event.regarding?.uid ?? '',
    'regarding.apiVersion': (event) => event.regarding?.apiVersion ?? '',
    'regarding.resourceVersion': (event) => event.regarding?.resourceVersion ?? '',
    'regarding.fieldPath': (event) => event.regarding?.fieldPath ?? '',
  },
  columns: core.columns.map(
    (column): Column<Event> => ({
      ...column,
      cell: (event, now) => column.cell(toCoreEvent(event), now),
    }),
  ),
};
