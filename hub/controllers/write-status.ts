// The status of an object that a controller works out as a whole.

import type { Resource } from '../../shared/api/index.ts';
import type { Client, Informer } from '../../shared/client/index.ts';
import { deepEqual, type KubeObject, type Live } from '../../shared/machinery/index.ts';
import { orNothing } from './api-answers.ts';

/** Nothing where it is said already, or the object has gone. */
export async function writeStatus<T extends KubeObject & { status?: unknown }>(
  client: Client,
  row: Resource<T>,
  informer: Informer<T>,
  object: Live<T>,
  status: NonNullable<T['status']>,
): Promise<void> {
  if (deepEqual(status, object.status)) return;
  const answer = await orNothing(client.update(row, { ...object, status }, { subresource: 'status' }));
  if (answer) informer.learn(answer);
}
