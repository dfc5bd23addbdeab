// How a pod's ephemeral containers may change: more of them, and nothing else.

import type { Pod } from 'kubernetes-types/core/v1';
import { deepEqual, type FieldError, FieldPath, faults, type Live } from '../../../machinery/index.ts';
import { mirrorPod } from './annotations.ts';

export function validateEphemeralContainersUpdate(next: Pod, old: Live<Pod>): FieldError[] {
  if (old.metadata.annotations?.[mirrorPod] !== undefined) {
    // Upstream's path: none.
    return [faults.forbidden(new FieldPath().key(''), 'static pods do not support ephemeral containers')];
  }
  const path = new FieldPath('spec.ephemeralContainers');
  const after = new Map((next.spec?.ephemeralContainers ?? []).map((each) => [each.name, each]));
  return (old.spec?.ephemeralContainers ?? []).flatMap((before) => {
    const kept = after.get(before.name);
    const which = `existing ephemeral containers ${JSON.stringify(before.name)}`;
    if (!kept) return [faults.forbidden(path, `${which} may not be removed\n`)];
    return deepEqual(kept, before) ? [] : [faults.forbidden(path, `${which} may not be changed\n`)];
  });
}
