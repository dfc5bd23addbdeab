// What a pod's containers share: made before the first of them, with what cannot be done said, and noted when it is lost.

import { once } from 'node:events';
import { messageOf } from '../../../shared/base/index.ts';
import { sandboxSpec } from '../container/sandbox-spec.ts';
import { unsupportedFields } from '../container/unsupported-fields.ts';
import { makeNetworkFiles } from '../network/network-files.ts';
import { noBoot, saveNotes } from '../pod-notes.ts';
import { mountDelay } from '../pod-record.ts';
import { MountFailure } from '../volumes/pod-volumes.ts';
import type { StepContext } from './step-context.ts';

const sandboxChanged = 'Pod sandbox changed, it will be killed and re-created.';

export async function preparePod(context: StepContext): Promise<void> {
  const { record, runtime, events, paths, volumes, facts } = context;
  const { pod } = record;
  const { uid } = pod.metadata;
  if (!(await supports(context))) return;
  try {
    if (!(await hasRoom(context))) return;
    await paths.noteStart(uid, record.startedAt);
    await noteBoot(context);
    // A pod that has to wait for its volumes takes no address, and nothing of the board's memory.
    for (const [volume, place] of await volumes.make(facts())) record.volumePlaces.set(volume, place);
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

/** False: the pod is no longer to start. */
async function hasRoom({ record, ending }: StepContext): Promise<boolean> {
  if (!record.roomIsMade) return true;
  const waiting = new AbortController();
  const nobodyWaits = () => {};
  const over = ending.aborted || once(ending, 'abort', { signal: waiting.signal }).catch(nobodyWaits);
  await Promise.race([record.roomIsMade, over]);
  waiting.abort();
  return !ending.aborted;
}

export async function loseSandbox({ record, events, paths }: StepContext): Promise<void> {
  const { notes, pod } = record;
  // What never restarts is not made anew.
  if (pod.spec?.restartPolicy !== 'Never') events.pod(pod, 'Normal', 'SandboxChanged', sandboxChanged);
  record.prepared = false;
  notes.boot = noBoot;
  await saveNotes(paths.podFolder(record.uid), notes);
}

/** After a start of the board, or the loss of its sandbox, nothing of the pod is left: its init containers run again. */
async function noteBoot({ record, runtime, events, paths, volumes, boot }: StepContext): Promise<void> {
  const { notes, pod } = record;
  if (notes.boot === boot) return;
  if (notes.boot !== undefined) {
    const ended = (await runtime.list()).filter(
      ({ podUid, state }) => podUid === record.uid && state === 'exited',
    );
    notes.earlier = ended.map(({ id }) => id);
    if (notes.boot !== noBoot) {
      events.pod(pod, 'Normal', 'SandboxChanged', sandboxChanged);
      await volumes.takeDown();
    }
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
