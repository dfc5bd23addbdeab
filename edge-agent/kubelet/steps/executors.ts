// How each step of a plan is carried out. Failures become setbacks and events; only what nobody foresaw is thrown.

import { rm } from 'node:fs/promises';
import type { Step, StepKind } from '../plan-pod.ts';
import { saveNotes } from '../pod-notes.ts';
import { ensureImage } from './ensure-image.ts';
import { loseSandbox, preparePod } from './prepare-pod.ts';
import { resizeContainer } from './resize-container.ts';
import { backOff, startContainer } from './start-container.ts';
import type { StepContext } from './step-context.ts';
import { announceStop, removeContainer, stopContainer } from './stop-container.ts';

type Executors = { [K in StepKind]: (context: StepContext, step: Step<K>) => Promise<void> };

export const executors: Executors = {
  prepare: preparePod,
  loseSandbox,
  ensureImage,
  startContainer,
  backOff,
  announceStop,
  stopContainer,
  removeContainer,
  resizeContainer,
  async failPod({ record, events, paths }, { reason, message }) {
    record.notes.failed = { reason, message };
    await saveNotes(paths.podFolder(record.uid), record.notes);
    events.pod(record.pod, 'Normal', reason, message);
  },
  async lookAgain({ wakeIn }, { inMs }) {
    wakeIn(inMs);
  },
  async reportTerminated({ reporter, record, reportStatus }) {
    await reportStatus();
    reporter.podTerminated(record.pod);
  },
  cleanUp,
};

/** Carries one step out. Throws RuntimeFailure when a container could not be started; that is noted already. */
export function execute<K extends StepKind>(context: StepContext, step: Step<K>): Promise<void> {
  const executor: Executors[K] = executors[step.do];
  return executor(context, step);
}

async function cleanUp({ record, runtime, paths, volumes }: StepContext): Promise<void> {
  await runtime.removePod(record.uid);
  await runtime.clearFolder?.(paths.podFolder(record.uid));
  await volumes.remove();
  await rm(paths.logFolder(record.pod), { recursive: true, force: true });
  record.cleaned = true;
}
