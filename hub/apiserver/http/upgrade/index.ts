export { refuseOnSocket } from './refuse-on-socket.ts';
export { StreamUpgrades } from './stream-upgrades.ts';
