// How a pod's status, its end, and an event are written to the API.

import { type Event, events, nodes, type Pod, pods } from '../../shared/api/index.ts';
import type { Client } from '../../shared/client/index.ts';
import { ApiError, type Live } from '../../shared/machinery/index.ts';

/** What is to be said of a pod: its whole status, or that all of its containers are down. */
export interface PodReport {
  pod: Live<Pod>;
  status?: NonNullable<Pod['status']>;
  terminated?: boolean;
}

/** The status first, then the end. Throws `NotFound` or `Conflict` where the pod is another one by now. */
export async function sendPod(client: Client, { pod, status, terminated }: PodReport): Promise<void> {
  const { namespace = '', name, uid } = pod.metadata;
  const key = { namespace, name };
  if (status) {
    await client.patch(
      pods,
      key,
      'application/merge-patch+json',
      { metadata: { uid }, status: replacing(status) },
      { subresource: 'status' },
    );
  }
  if (terminated) await client.delete(pods, key, { gracePeriodSeconds: 0, preconditions: { uid } });
}

/** What a status may lose again; a merge patch removes only what it names. The rest is the API server's to keep. */
const passing = [
  'message',
  'reason',
  'podIP',
  'podIPs',
  'containerStatuses',
  'initContainerStatuses',
  'ephemeralContainerStatuses',
  'resize',
] as const;

function replacing(status: NonNullable<Pod['status']>): Record<string, unknown> {
  return { ...Object.fromEntries(passing.map((field) => [field, null])), ...status };
}

/** Creates the mirror of a static pod, which goes with its node. Throws `AlreadyExists` where there is a pod of that name. */
export async function sendMirror(client: Client, pod: Pod): Promise<void> {
  const name = pod.spec?.nodeName ?? '';
  const { uid } = (await client.get(nodes, { name })).metadata;
  const owner = { apiVersion: 'v1', kind: 'Node', name, uid, controller: true };
  await client.create(pods, { ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } });
}

/** Creates the event, or brings the one of that name up to date. */
export async function sendEvent(client: Client, event: Event): Promise<void> {
  try {
    await client.create(events, event);
  } catch (error) {
    if (!ApiError.is(error, 'AlreadyExists')) throw error;
    const { namespace = 'default', name = '' } = event.metadata;
    const { count, lastTimestamp, message, series } = event;
    await client.patch(events, { namespace, name }, 'application/merge-patch+json', {
      count,
      lastTimestamp,
      message,
      series,
    });
  }
}
