// Which claims a pod has, and which pods have a claim.

import { claimNameOf, type Pod } from '../../../shared/api/index.ts';
import type { Informer } from '../../../shared/client/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';

const byClaim = 'claim';

/** Keys (namespace/name) of the claims that the pod names. */
export function claimsOf(pod: Live<Pod>): string[] {
  return (pod.spec?.volumes ?? []).flatMap((volume) => {
    const name = claimNameOf(pod, volume);
    return name === undefined ? [] : [`${pod.metadata.namespace}/${name}`];
  });
}

export function indexByClaim(pods: Informer<Pod>): void {
  pods.addIndex(byClaim, claimsOf);
}

/** `claim`: namespace/name. Needs `indexByClaim`. */
export function podsWith(pods: Informer<Pod>, claim: string): Live<Pod>[] {
  return pods.byIndex(byClaim, claim);
}
