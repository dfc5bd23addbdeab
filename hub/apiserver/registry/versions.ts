// One storage, several versions: objects are stored in one version and shown in the one that a request names.

import { type KubeObject, type Live, mutableCopy } from '../../../shared/machinery/index.ts';
import type { Kind } from '../kind.ts';

/** What the store has, as the Kind's version shows it. Answers the object itself where nothing differs. */
export function asShown({ strategy }: Kind, stored: Live): Live | Promise<Live> {
  return strategy.fromStore ? strategy.fromStore(stored) : stored;
}

/** So many objects are shown at once: a webhook may be asked about each. */
const atOnce = 10;

/** In the same order. Throws what is wrong with the first that cannot be shown. */
export async function allShown(kind: Kind, stored: readonly Live[]): Promise<Live[]> {
  if (!kind.strategy.fromStore) return [...stored];
  const shown: Live[] = [];
  for (let start = 0; start < stored.length; start += atOnce) {
    const some = stored.slice(start, start + atOnce).map(async (object) => asShown(kind, object));
    for (const each of await Promise.allSettled(some)) {
      if (each.status === 'rejected') throw each.reason;
      shown.push(each.value);
    }
  }
  return shown;
}

/** What the store shall have of it. */
export function asStored({ strategy }: Kind, object: KubeObject): KubeObject | Promise<KubeObject> {
  return strategy.toStore ? strategy.toStore(object) : object;
}

/** The object in another view of the same resource; nothing of the one given is shared with it. */
export async function asOtherKind(object: KubeObject, from: Kind, to: Kind): Promise<KubeObject> {
  const stored = await asStored(from, mutableCopy(object));
  return isShowable(stored) ? mutableCopy<KubeObject>(await asShown(to, stored)) : stored;
}

/** What is on its way in has neither uid nor revision yet: no view of it asks for them. */
function isShowable(object: KubeObject): object is Live {
  return object.metadata !== undefined;
}
