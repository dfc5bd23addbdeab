export {
  Broker,
  type BrokerAccess,
  type BrokerLimits,
  type BrokerOptions,
  type OnPeerMessage,
} from './broker.ts';
export type { RetainedMessage, RetainedSource } from './session-persistence.ts';
export type { ConnectCredentials, Peer } from './sessions.ts';
export { type Identity, nodeOf } from './topic-rules.ts';
