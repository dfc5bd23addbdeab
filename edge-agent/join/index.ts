export { type Identity, loadIdentity, saveIdentity } from './identity.ts';
export type { JoinOptions } from './join.ts';
