// Waits until an object is no more, finalizers and all.

import { UserError } from '../../../shared/base/index.ts';
import { ApiError } from '../../../shared/machinery/index.ts';
import { pathOf, type ResourceType, withQuery } from '../discovery/index.ts';
import { textAt } from '../json.ts';
import type { Session } from '../session.ts';
import { watchEvents } from '../watch-events.ts';

export interface GoingObject {
  type: ResourceType;
  name: string;
  namespace: string | undefined;
  /** Another object that takes the name is not waited for. */
  uid: string;
}

/** Throws UserError when it is still there at the end of `timeoutMs` (absent: a week, as kubectl). */
export async function waitUntilGone(
  session: Session,
  object: GoingObject,
  timeoutMs = 7 * 24 * 3_600_000,
): Promise<void> {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort('time is up'), Math.min(timeoutMs, 2 ** 31 - 1));
  const signal = AbortSignal.any([ending.signal, session.terminal.interrupted]);
  try {
    while (!(await seenGoing(session, object, signal)));
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    throw new UserError(`timed out waiting for the condition on ${object.type.resource}/${object.name}`);
  } finally {
    clearTimeout(timer);
  }
}

/** False: the watch ended before the object did. */
async function seenGoing(session: Session, object: GoingObject, signal: AbortSignal): Promise<boolean> {
  const { type, namespace, name, uid } = object;
  const fieldSelector = `metadata.name=${name}`;
  const list = await session.call(withQuery(pathOf(type, { namespace }), { fieldSelector }), { signal });
  if (!holds(list, uid)) return true;
  const resourceVersion = textAt(list, 'metadata', 'resourceVersion');
  const path = withQuery(pathOf(type, { namespace }), { watch: true, fieldSelector, resourceVersion });
  try {
    for await (const event of watchEvents(session, path, { signal })) {
      if (event.type === 'DELETED' || (uid && textAt(event.object, 'metadata', 'uid') !== uid)) return true;
    }
    return false;
  } catch (error) {
    if (ApiError.is(error, 'Gone') || ApiError.is(error, 'Expired')) return false;
    throw error;
  }
}

function holds(list: unknown, uid: string): boolean {
  const items: unknown = typeof list === 'object' && list !== null && 'items' in list ? list.items : [];
  return Array.isArray(items) && items.some((item) => !uid || textAt(item, 'metadata', 'uid') === uid);
}
