// How each step of a plan is carried out. Failures become setbacks and events; only what nobody foresaw is thrown.

import { rm } from 'node:fs/promises';
import type { Container, Pod } from '../../shared/api/index.ts';
import { deepEqual, type Live } from '../../shared/machinery/index.ts';
import { RuntimeFailure } from '../runtime/index.ts';
import { containerResources } from './container-resources.ts';
import { containerSpec } from './container-spec.ts';
import { ensureImage } from './ensure-image.ts';
import { environmentOf } from './environment.ts';
import { type LifecycleHandler, runHook } from './lifecycle-hooks.ts';
import { makeNetworkFiles } from './network/network-files.ts';
import { definitionHash, resizeOf, type Step, type StepKind } from './plan-pod.ts';
import { noBoot, saveNotes } from './pod-notes.ts';
import { configDelay, mountDelay } from './pod-record.ts';
import { sandboxSpec } from './sandbox-spec.ts';
import type { StepContext } from './step-context.ts';
import { unsupportedFields } from './unsupported-fields.ts';
import { mountSources } from './volume-mounts.ts';
import { MountFailure } from './volumes/pod-volumes.ts';

type Executors = { [K in StepKind]: (context: StepContext, step: Step<K>) => Promise<void> };

const shortestGraceMs = 2000;
const sandboxChanged = 'Pod sandbox changed, it will be killed and re-created.';

export const executors: Executors = {
  prepare,
  loseSandbox,
  ensureImage,
  startContainer,
  backOff,
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

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function prepare(context: StepContext): Promise<void> {
  const { record, runtime, events, paths, volumes, facts } = context;
  const { pod } = record;
  const { uid } = pod.metadata;
  if (!(await supports(context))) return;
  try {
    await paths.noteStart(uid, record.startedAt);
    await noteBoot(context);
    const { ips } = await runtime.preparePod(sandboxSpec(facts()));
    if (ips.length > 0) record.podIps = ips;
    else record.podIps = facts().hostIps;
    record.networkFiles = await makeNetworkFiles(facts(), {
      folder: paths.podFolder(uid),
      runtime,
      warn: ({ about, reason, message }) =>
        about === 'node'
          ? events.nodeOnce('Warning', reason, message)
          : events.pod(pod, 'Warning', reason, message),
    });
    for (const [volume, place] of await volumes.make(facts())) record.volumePlaces.set(volume, place);
    record.prepared = true;
    record.overcame('');
  } catch (error) {
    if (error instanceof MountFailure) {
      events.pod(pod, 'Warning', 'FailedMount', error.message);
      record.setBack('', '', error.message, mountDelay);
    } else {
      const message = `Failed to create pod sandbox: ${messageOf(error)}`;
      events.pod(pod, 'Warning', 'FailedCreatePodSandBox', message);
      record.setBack('', '', message, mountDelay);
    }
  }
}

async function loseSandbox({ record, events, paths }: StepContext): Promise<void> {
  const { notes, pod } = record;
  // What never restarts is not made anew.
  if (pod.spec?.restartPolicy !== 'Never') events.pod(pod, 'Normal', 'SandboxChanged', sandboxChanged);
  record.prepared = false;
  notes.boot = noBoot;
  await saveNotes(paths.podFolder(record.uid), notes);
}

/** After a start of the board, or the loss of its sandbox, nothing of the pod is left: its init containers run again. */
async function noteBoot({ record, runtime, events, paths, boot }: StepContext): Promise<void> {
  const { notes, pod } = record;
  if (notes.boot === boot) return;
  if (notes.boot !== undefined) {
    const ended = (await runtime.list()).filter(
      ({ podUid, state }) => podUid === record.uid && state === 'exited',
    );
    notes.earlier = ended.map(({ id }) => id);
    if (notes.boot !== noBoot) events.pod(pod, 'Normal', 'SandboxChanged', sandboxChanged);
  }
  notes.boot = boot;
  await saveNotes(paths.podFolder(record.uid), notes);
}

/** Says once what is passed over; false: the pod must not run here. */
async function supports({ record, runtime, events, paths }: StepContext): Promise<boolean> {
  const { pod } = record;
  const { passedOver, refused } = unsupportedFields(pod, runtime.shortcomings);
  if (refused !== undefined) {
    events.pod(pod, 'Warning', 'UnsupportedFields', refused);
    record.setBack('', 'UnsupportedFields', refused, () => Number.POSITIVE_INFINITY);
    return false;
  }
  const isNew = (await paths.readStart(record.uid)) === undefined;
  if (isNew && passedOver !== undefined) events.pod(pod, 'Warning', 'UnsupportedFields', passedOver);
  return true;
}

async function startContainer(context: StepContext, step: Step<'startContainer'>): Promise<void> {
  const { record, runtime, desired, events, paths, volumes, facts } = context;
  const { container, attempt, crashes } = step;
  const { name } = container;
  const { pod } = record;
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
    });
    record.crashes.set(name, crashes);
    await noteResources(context, container);
    const started = await runtime.startContainer(spec, definitionHash(container));
    record.overcame(name);
    events.pod(pod, 'Normal', 'Created', `Created container: ${name}`, name);
    events.pod(pod, 'Normal', 'Started', `Started container ${name}`, name);
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

async function noteResources(
  { record, paths }: StepContext,
  { name, resources = {} }: Container,
): Promise<void> {
  const { notes } = record;
  if (deepEqual(notes.resources[name] ?? {}, resources)) return;
  notes.resources[name] = resources;
  await saveNotes(paths.podFolder(record.uid), notes);
}

async function resizeContainer(
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
  const { record, runtime, events, clock, background, facts } = context;
  const { pod } = record;
  record.hookRuns(id, true);
  background(async () => {
    const host = facts().podIps[0] ?? '127.0.0.1';
    try {
      await runHook({
        pod,
        handler,
        container,
        containerId: id,
        host,
        runtime,
        clock,
        timeoutMs: 2 ** 31 - 1,
      });
      record.hookRuns(id, false);
    } catch (error) {
      events.pod(pod, 'Warning', 'FailedPostStartHook', 'PostStartHook failed', container.name);
      events.pod(pod, 'Normal', 'Killing', 'FailedPostStartHook', container.name);
      await runtime.stopContainer(id, pod.spec?.terminationGracePeriodSeconds ?? 30);
      record.setBack(container.name, 'PostStartHookError', messageOf(error), () => 0);
    }
  });
}

async function backOff(context: StepContext, step: Step<'backOff'>): Promise<void> {
  const { record, events } = context;
  const { container, delayMs, remainingMs } = step;
  const { name, namespace, uid } = record.pod.metadata;
  const which = `${name}_${namespace}(${uid})`;
  const message = `back-off ${spelled(delayMs)} restarting failed container=${container.name} pod=${which}`;
  record.setBack(container.name, 'CrashLoopBackOff', message, () => remainingMs);
  const text = `Back-off restarting failed container ${container.name} in pod ${which}`;
  events.pod(record.pod, 'Warning', 'BackOff', text, container.name);
}

/** As Go prints the kubelet's delays: `10s`, `1m20s`, `5m0s`. */
function spelled(ms: number): string {
  const seconds = ms / 1000;
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

async function stopContainer(context: StepContext, step: Step<'stopContainer'>): Promise<void> {
  const { record, runtime, events, background } = context;
  const { id, name, killInMs, why } = step;
  const { pod } = record;
  const first = record.beginStop(id, killInMs);
  if (first) events.pod(pod, 'Normal', 'Killing', why, name);
  const preStop = containerNamed(pod, name)?.lifecycle?.preStop;
  background(async () => {
    if (first && preStop && killInMs > 0) await runPreStop(context, id, name, preStop, killInMs);
    const left = preStop
      ? Math.max(record.stopLeft(id), Math.min(killInMs, shortestGraceMs))
      : record.stopLeft(id);
    await runtime.stopContainer(id, Math.max(0, left) / 1000);
    record.endStop(id);
  });
}

function containerNamed(pod: Live<Pod>, name: string): Container | undefined {
  const { containers = [], initContainers = [] } = pod.spec ?? {};
  return [...containers, ...initContainers].find((container) => container.name === name);
}

async function runPreStop(
  { record, runtime, events, clock, facts }: StepContext,
  containerId: string,
  name: string,
  handler: LifecycleHandler,
  timeoutMs: number,
): Promise<void> {
  const container = containerNamed(record.pod, name);
  if (!container) return;
  const host = facts().podIps[0] ?? '127.0.0.1';
  try {
    await runHook({ pod: record.pod, handler, container, containerId, host, runtime, clock, timeoutMs });
  } catch {
    events.pod(record.pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', name);
  }
}

async function removeContainer(
  { record, runtime, paths }: StepContext,
  { id }: { id: string },
): Promise<void> {
  const container = (await runtime.list()).find((one) => one.id === id);
  await runtime.removeContainer(id);
  record.forgetContainer(id);
  if (container) await paths.removeLogs(record.pod, container.name, container.attempt);
}

async function cleanUp({ record, runtime, paths, volumes }: StepContext): Promise<void> {
  await runtime.removePod(record.uid);
  await runtime.clearFolder?.(paths.podFolder(record.uid));
  await volumes.remove();
  await rm(paths.logFolder(record.pod), { recursive: true, force: true });
  record.cleaned = true;
}
