// The status of an object that a controller works out as a whole.

import type { Resource } from '../../shared/api/index.ts';
import type { Client, Informer } from '../../shared/client/index.ts';
import { deepEqual, type KubeObject, type Live } from '../../shared/machinery/index.ts';
import { orNothing } from './api-answers.ts';

/** Answers the object with it, written where it was not said already; undefined: the object has gone. */
export async function writeStatus<T extends KubeObject & { status?: unknown }>(
  client: Client,
  row: Resource<T>,
  informer: Informer<T>,
  object: Live<T>,
  status: NonNullable<T['status']>,
): Promise<Live<T> | undefined> {
  if (deepEqual(status, object.status)) return object;
  const answer = await orNothing(client.update(row, { ...object, status }, { subresource: 'status' }));
  return answer && informer.learn(answer);
}
