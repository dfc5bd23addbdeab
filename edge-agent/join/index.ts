export { type Identity, loadIdentity } from './identity.ts';
export { whoAmI } from './who-am-i.ts';
