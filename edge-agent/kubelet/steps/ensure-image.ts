// Makes sure of a container's image, and says how that goes in the kubelet's events.

import type { Container } from '../../../shared/api/index.ts';
import { type PreparedImage, type PullPolicy, RuntimeFailure } from '../../runtime/index.ts';
import { imageCredentials } from '../image-credentials.ts';
import type { Step } from '../plan-pod.ts';
import { imageDelay } from '../pod-record.ts';
import { PullProgress } from './pull-progress.ts';
import type { StepContext } from './step-context.ts';

/** So long a failed pull shows its error before it shows that it backs off. */
const showPullErrorMs = 2000;

/** Throws RuntimeFailure when there is no image; that is noted already. A pod that is to end does not wait for it. */
export async function ensureImage(context: StepContext, { container }: Step<'ensureImage'>): Promise<void> {
  const { record, runtime, events, desired, clock, ending } = context;
  const { name, image = '' } = container;
  const say = (type: 'Normal' | 'Warning', reason: string, message: string) =>
    events.pod(record.pod, type, reason, message, name);
  let shown = Promise.resolve();
  const show = (message: string) => {
    record.pulls.set(name, message);
    shown = shown.then(() => context.reportStatus());
  };
  try {
    const { credentials, warnings } = imageCredentials(record.pod, image, desired);
    const progress = new PullProgress({
      image,
      clock,
      show,
      say: (message) => say('Normal', 'Pulling', message),
    });
    const prepared = await runtime.ensureImage(
      { image, policy: policyOf(container), credentials, signal: ending },
      {
        pulling() {
          for (const warning of warnings) say('Warning', 'FailedToRetrieveImagePullSecret', warning);
          say('Normal', 'Pulling', `Pulling image "${image}"`);
        },
        progress: (done, total) => progress.heard(done, total),
      },
    );
    say('Normal', 'Pulled', pulledText(image, prepared));
    if (prepared.user === undefined) record.imageUsers.delete(name);
    else record.imageUsers.set(name, prepared.user);
    record.overcame(name);
  } catch (error) {
    if (!(error instanceof RuntimeFailure) || ending.aborted) throw error;
    const { reason, message } = error;
    const [eventReason, text] = failureText(image, reason, message);
    record.setBack(name, reason, reason === 'ErrImagePull' ? message : text, imageDelay);
    say('Warning', eventReason, text);
    say('Warning', 'Failed', `Error: ${reason}`);
    if (reason === 'ErrImagePull' || reason === 'RegistryUnavailable')
      context.background(() => showPullBackOff(context, container, reason, message));
    throw error;
  } finally {
    record.pulls.delete(name);
    // What is said next must not be overtaken.
    await shown;
  }
}

function policyOf({ imagePullPolicy }: Container): PullPolicy {
  return imagePullPolicy === 'Always' || imagePullPolicy === 'Never' ? imagePullPolicy : 'IfNotPresent';
}

function pulledText(image: string, { pulled }: PreparedImage): string {
  if (!pulled) return `Container image "${image}" already present on machine`;
  const { milliseconds, sizeBytes } = pulled;
  const took = milliseconds < 1000 ? `${milliseconds}ms` : `${milliseconds / 1000}s`;
  return `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${sizeBytes} bytes.`;
}

/** The event's reason and text for each way in which there is no image. */
function failureText(image: string, reason: string, message: string): [string, string] {
  if (reason === 'ErrImageNeverPull') {
    return [reason, `Container image "${image}" is not present with pull policy of Never`];
  }
  if (reason === 'InvalidImageName') {
    return ['InspectFailed', `Failed to apply default image tag "${image}": ${message}`];
  }
  return ['Failed', `Failed to pull image "${image}": ${message}`];
}

async function showPullBackOff(
  context: StepContext,
  { name, image }: Container,
  reason: string,
  why: string,
): Promise<void> {
  const { record, events, clock } = context;
  await clock.sleep(showPullErrorMs);
  if (record.reasonFor(name) !== reason) return;
  record.rename(name, 'ImagePullBackOff', `Back-off pulling image "${image}": ${reason}: ${why}`);
  events.pod(record.pod, 'Normal', 'BackOff', `Back-off pulling image "${image}"`, name);
  events.pod(record.pod, 'Warning', 'Failed', 'Error: ImagePullBackOff', name);
}
