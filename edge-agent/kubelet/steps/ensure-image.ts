// Makes sure of a container's image, and says how that goes in the kubelet's events.

import type { Container } from '../../../shared/api/index.ts';
import { goDuration } from '../../../shared/machinery/index.ts';
import { type PreparedImage, type PullPolicy, RuntimeFailure } from '../../runtime/index.ts';
import { imageCredentials } from '../images/image-credentials.ts';
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
    for (const warning of warnings)
      events.pod(record.pod, 'Warning', 'FailedToRetrieveImagePullSecret', warning);
    let asked = clock.monotonic();
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
          asked = clock.monotonic();
          say('Normal', 'Pulling', `Pulling image "${image}"`);
        },
        progress: (done, total) => progress.heard(done, total),
      },
    );
    say('Normal', 'Pulled', pulledText(image, prepared, clock.monotonic() - asked));
    if (prepared.user === undefined) record.imageUsers.delete(name);
    else record.imageUsers.set(name, prepared.user);
    record.overcame(name);
  } catch (error) {
    if (!(error instanceof RuntimeFailure) || ending.aborted) throw error;
    const { reason, message } = error;
    const { eventReason, event, status } = failureTexts(image, reason, message);
    record.setBack(name, reason, status, imageDelay);
    say('Warning', eventReason, event);
    say('Warning', 'Failed', `Error: ${reason}`);
    if (reason === 'ErrImagePull' || reason === 'RegistryUnavailable')
      context.background(() => showPullBackOff(context, container, reason, status));
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

/** `waitedMs`: since it was asked for; a pull may have waited for others, or have been under way for another pod. */
function pulledText(image: string, { pulled }: PreparedImage, waitedMs: number): string {
  if (!pulled) return `Container image "${image}" already present on machine`;
  const { milliseconds, sizeBytes } = pulled;
  const waited = goDuration(Math.round(waitedMs));
  const took = goDuration(Math.min(milliseconds, Math.round(waitedMs)));
  return `Successfully pulled image "${image}" in ${took} (${waited} including waiting). Image size: ${sizeBytes} bytes.`;
}

/** What the event and the container's status say of each way in which there is no image. */
function failureTexts(
  image: string,
  reason: string,
  message: string,
): { eventReason: string; event: string; status: string } {
  switch (reason) {
    case 'ErrImageNeverPull': {
      const text = `Container image "${image}" is not present with pull policy of Never`;
      return { eventReason: reason, event: text, status: text };
    }
    case 'InvalidImageName': {
      const text = `Failed to apply default image tag "${image}": ${message}`;
      return { eventReason: 'InspectFailed', event: text, status: text };
    }
    case 'RegistryUnavailable':
      return {
        eventReason: 'Failed',
        event: `Failed to pull image "${image}": ${reason}: ${message}`,
        status: `image pull failed for ${image} because the registry is unavailable: ${message}`,
      };
    default:
      return {
        eventReason: 'Failed',
        event: `Failed to pull image "${image}": ${message}`,
        status: message,
      };
  }
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
