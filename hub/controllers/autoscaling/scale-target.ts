// The scale of whatever has one.

import type { Scale } from 'kubernetes-types/autoscaling/v1';
import type { Resource } from '../../../shared/api/index.ts';
import type { Client } from '../../../shared/client/index.ts';
import { isRecord, type ObjectKey } from '../../../shared/machinery/index.ts';

/** Throws what the API says. */
export async function readScale(client: Client, row: Resource, key: ObjectKey): Promise<Scale> {
  const scale = await client.getUnder(row, key, 'scale');
  if (!isScale(scale)) throw new Error(`${row.resource}/scale of ${key.name} is no Scale`);
  return scale;
}

/** Throws a Conflict where it has changed since it was read. */
export async function writeScale(
  client: Client,
  row: Resource,
  key: ObjectKey,
  { metadata }: Scale,
  replicas: number,
): Promise<void> {
  const { resourceVersion } = metadata ?? {};
  const patch = { metadata: { ...(resourceVersion && { resourceVersion }) }, spec: { replicas } };
  await client.patch(row, key, 'application/merge-patch+json', patch, { subresource: 'scale' });
}

function isScale(answer: unknown): answer is Scale {
  return isRecord(answer) && answer.kind === 'Scale';
}
