// What a container may use, changed while it runs, and kept in mind.

import type { Container } from '../../../shared/api/index.ts';
import { messageOf } from '../../../shared/base/index.ts';
import { deepEqual } from '../../../shared/machinery/index.ts';
import { containerResources } from '../container/container-resources.ts';
import { resizeOf, type Step } from '../plan-pod.ts';
import { saveNotes } from '../pod-notes.ts';
import { configDelay } from '../pod-record.ts';
import type { StepContext } from './step-context.ts';

export async function resizeContainer(
  context: StepContext,
  { id, container }: Step<'resizeContainer'>,
): Promise<void> {
  const { record, runtime, events } = context;
  const { name } = container;
  try {
    await runtime.updateContainer?.(id, containerResources(container) ?? {});
    record.overcame(resizeOf(name));
    await noteResources(context, container);
  } catch (error) {
    const message = `Container ${name} could not be resized: ${messageOf(error)}`;
    events.pod(record.pod, 'Warning', 'FailedResize', message, name);
    record.setBack(resizeOf(name), '', message, configDelay);
  }
}

export async function noteResources(
  { record, paths }: StepContext,
  { name, resources = {} }: Container,
): Promise<void> {
  const { notes } = record;
  if (deepEqual(notes.resources[name] ?? {}, resources)) return;
  notes.resources[name] = resources;
  await saveNotes(paths.podFolder(record.uid), notes);
}
