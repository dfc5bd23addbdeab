// Joining is done once in a board's life: its code is loaded only then.

import type { Identity } from './identity.ts';
import type { JoinOptions } from './join.ts';

export { type Identity, loadIdentity, saveIdentity } from './identity.ts';
export type { JoinOptions } from './join.ts';

/** Makes this board a node of the hub's cluster. Throws UserError for what a person can mend. */
export async function joinHub(options: JoinOptions): Promise<Identity> {
  const { join } = await import('./join.ts');
  return join(options);
}
