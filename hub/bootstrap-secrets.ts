// How the authenticator of join tokens reads their Secrets: from the store itself, since nobody is known yet who could ask
// the API.

import type { Secret } from '../shared/api/index.ts';
import type { Store } from './store/index.ts';

export function readBootstrapSecret(store: Store): (name: string) => Promise<Secret | undefined> {
  // The key says of which Kind the object is.
  return async (name) => (await store.get(`/core/secrets/kube-system/${name}`)) as Secret | undefined;
}
