// The start of a container, from its variables to its postStart hook; or that it waits for its next one.

import type { Container } from '../../../shared/api/index.ts';
import { messageOf } from '../../../shared/base/index.ts';
import { goDuration } from '../../../shared/machinery/index.ts';
import { RuntimeFailure } from '../../runtime/index.ts';
import { containerSpec } from '../container/container-spec.ts';
import { environmentOf } from '../container/environment.ts';
import { unsupportedInEphemeral } from '../container/unsupported-fields.ts';
import { mountSources } from '../container/volume-mounts.ts';
import { type LifecycleHandler, runHook } from '../lifecycle-hooks.ts';
import { definitionHash, type Step } from '../plan-pod.ts';
import { configDelay } from '../pod-record.ts';
import { noteResources } from './resize-container.ts';
import type { StepContext } from './step-context.ts';
import { endContainer } from './stop-container.ts';

export async function startContainer(context: StepContext, step: Step<'startContainer'>): Promise<void> {
  const { record, runtime, desired, events, paths, volumes, facts } = context;
  const { container, attempt, crashes } = step;
  const { name } = container;
  const { pod } = record;
  const { passedOver, refused } = unsupportedInEphemeral(pod, name, runtime.shortcomings);
  if (refused !== undefined) {
    events.pod(pod, 'Warning', 'UnsupportedFields', refused, name);
    record.setBack(name, 'UnsupportedFields', refused, () => Number.POSITIVE_INFINITY);
    return;
  }
  try {
    const environment = environmentOf(facts(), container, desired);
    for (const warning of environment.warnings)
      events.pod(pod, 'Warning', 'InvalidEnvironmentVariableNames', warning);
    const logPath = paths.logFile(pod, name, attempt);
    const places = record.volumePlaces;
    const spec = containerSpec({
      facts: facts(),
      container,
      attempt,
      environment,
      mountSources: await mountSources({
        container,
        environment,
        places,
        volumes,
        shortcomings: runtime.shortcomings,
      }),
      networkFiles: record.networkFiles,
      logPath,
      imageUser: record.imageUsers.get(name),
      target: await targetOf(context, name),
    });
    record.crashes.set(name, crashes);
    await noteResources(context, container);
    const started = await runtime.startContainer(spec, definitionHash(container));
    record.overcame(name);
    events.pod(pod, 'Normal', 'Created', `Created container: ${name}`, name);
    events.pod(pod, 'Normal', 'Started', `Started container ${name}`, name);
    // It starts once, so that is said once.
    if (passedOver !== undefined) events.pod(pod, 'Warning', 'UnsupportedFields', passedOver, name);
    const postStart = container.lifecycle?.postStart;
    if (postStart) runPostStart(context, container, started.id, postStart);
  } catch (error) {
    const failure = asFailure(error);
    const created = failure.reason === 'RunContainerError';
    if (created) events.pod(pod, 'Normal', 'Created', `Created container: ${name}`, name);
    events.pod(pod, 'Warning', 'Failed', `Error: ${failure.message}`, name);
    // A command that could not be started is an exited container: the restart policy decides about it.
    if (created) record.overcame(name);
    else record.setBack(name, failure.reason, failure.message, configDelay);
    throw failure;
  }
}

/** Of an ephemeral container that has one. Throws RuntimeFailure(CreateContainerConfigError). */
async function targetOf({ record, runtime }: StepContext, name: string): Promise<string | undefined> {
  const added = record.pod.spec?.ephemeralContainers?.find((container) => container.name === name);
  const target = added?.targetContainerName;
  if (!target) return undefined;
  const ofPod = (await runtime.list()).filter((one) => one.podUid === record.uid && one.name === target);
  const newest = ofPod.sort((a, b) => b.attempt - a.attempt)[0];
  if (newest) return newest.id;
  throw new RuntimeFailure('CreateContainerConfigError', `unable to find target container ${target}`);
}

/** What no runtime foresaw (a full disk, an environment that is too large) is shown like what it did. */
function asFailure(error: unknown): RuntimeFailure {
  if (error instanceof RuntimeFailure) return error;
  return new RuntimeFailure('CreateContainerError', messageOf(error), { cause: error });
}

function runPostStart(
  context: StepContext,
  container: Container,
  id: string,
  handler: LifecycleHandler,
): void {
  const { record, runtime, events, clock, background, reach } = context;
  const { pod } = record;
  record.hookRuns(id, true);
  background(async () => {
    try {
      await runHook({
        pod,
        handler,
        container,
        containerId: id,
        reach: reach(),
        runtime,
        clock,
        timeoutMs: 2 ** 31 - 1,
        warn: (reason, message) => events.pod(pod, 'Warning', reason, message),
      });
      record.hookRuns(id, false);
    } catch (error) {
      const { name } = container;
      events.pod(pod, 'Warning', 'FailedPostStartHook', 'PostStartHook failed', name);
      // Said before its end is noticed.
      record.setBack(name, 'PostStartHookError', messageOf(error), () => 0);
      const killInMs = (pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000;
      await endContainer(context, { id, name, killInMs, why: 'FailedPostStartHook' });
    }
  });
}

export async function backOff(context: StepContext, step: Step<'backOff'>): Promise<void> {
  const { record, events } = context;
  const { container, delayMs, remainingMs } = step;
  const { name, namespace, uid } = record.pod.metadata;
  const which = `${name}_${namespace}(${uid})`;
  const message = `back-off ${goDuration(delayMs)} restarting failed container=${container.name} pod=${which}`;
  record.setBack(container.name, 'CrashLoopBackOff', message, () => remainingMs);
  const text = `Back-off restarting failed container ${container.name} in pod ${which}`;
  events.pod(record.pod, 'Warning', 'BackOff', text, container.name);
}
