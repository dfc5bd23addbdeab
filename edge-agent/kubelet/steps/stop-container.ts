// The end of a container: its preStop hook, its grace period; and its removal, with its logs.

import type { Container, Pod } from '../../../shared/api/index.ts';
import type { Clock } from '../../../shared/base/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { type LifecycleHandler, runHook } from '../lifecycle-hooks.ts';
import type { Step } from '../plan-pod.ts';
import type { StepContext } from './step-context.ts';

const shortestGraceMs = 2000;

type Ending = Omit<Step<'announceStop'>, 'do'>;

/** What has to end before anybody planned that; its preStop hook runs, and does not run again where its pod is deleted meanwhile. */
export async function endContainer(context: StepContext, ending: Ending): Promise<void> {
  const { record, runtime, clock } = context;
  const { id, killInMs } = ending;
  const began = clock.monotonic();
  await announceStop(context, ending);
  await record.announced.get(id);
  const left = Math.max(killInMs - (clock.monotonic() - began), Math.min(killInMs, shortestGraceMs));
  await runtime.stopContainer(id, left / 1000);
}

export async function announceStop(context: StepContext, ending: Ending): Promise<void> {
  const { record, events, background } = context;
  const { id, name, killInMs, why } = ending;
  events.pod(record.pod, 'Normal', 'Killing', why, name);
  const preStop = containerNamed(record.pod, name)?.lifecycle?.preStop;
  const hook = preStop && killInMs > 0 ? runPreStop(context, id, name, preStop, killInMs) : Promise.resolve();
  record.announced.set(id, hook);
  background(() => hook);
}

export async function stopContainer(context: StepContext, step: Step<'stopContainer'>): Promise<void> {
  const { record, runtime, events, clock, background } = context;
  const { id, name, killInMs, why } = step;
  const { pod } = record;
  const first = record.beginStop(id, killInMs);
  const announced = record.announced.get(id);
  if (first && !announced) events.pod(pod, 'Normal', 'Killing', why, name);
  const preStop = containerNamed(pod, name)?.lifecycle?.preStop;
  background(async () => {
    if (first && announced) await endOf(announced, killInMs, clock);
    else if (first && preStop && killInMs > 0) await runPreStop(context, id, name, preStop, killInMs);
    const left = preStop
      ? Math.max(record.stopLeft(id), Math.min(killInMs, shortestGraceMs))
      : record.stopLeft(id);
    await runtime.stopContainer(id, Math.max(0, left) / 1000);
    record.endStop(id);
  });
}

/** Of a hook that runs already; a second deletion may give it less time than it was told. */
async function endOf(hook: Promise<void>, withinMs: number, clock: Clock): Promise<void> {
  const over = new AbortController();
  const late = clock.sleep(withinMs, over.signal).catch(() => {});
  await Promise.race([hook, late]);
  over.abort();
}

function containerNamed(pod: Live<Pod>, name: string): Container | undefined {
  const { containers = [], initContainers = [] } = pod.spec ?? {};
  return [...containers, ...initContainers].find((container) => container.name === name);
}

async function runPreStop(
  { record, runtime, events, clock, reach }: StepContext,
  containerId: string,
  name: string,
  handler: LifecycleHandler,
  timeoutMs: number,
): Promise<void> {
  const container = containerNamed(record.pod, name);
  if (!container) return;
  try {
    await runHook({
      pod: record.pod,
      handler,
      container,
      containerId,
      reach: reach(),
      runtime,
      clock,
      timeoutMs,
      warn: (reason, message) => events.pod(record.pod, 'Warning', reason, message),
    });
  } catch {
    events.pod(record.pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', name);
  }
}

export async function removeContainer(
  { record, runtime, paths }: StepContext,
  { id }: { id: string },
): Promise<void> {
  const container = (await runtime.list()).find((one) => one.id === id);
  await runtime.removeContainer(id);
  record.forgetContainer(id);
  if (container) await paths.removeLogs(record.pod, container.name, container.attempt);
}
