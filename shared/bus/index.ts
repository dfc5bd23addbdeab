export type * from './bus.ts';
export {
  type ChannelMessage,
  channelMessages,
  channels,
  encodeChannel,
  endWithStatus,
  exitStatus,
  failedStatus,
  writeTo,
} from './channels.ts';
export { clusterInfoHubs, hubAt, type ListedHub } from './cluster-info.ts';
export { type Connectable, ConnectionDrive, type ConnectionDriveOptions } from './connection-drive.ts';
export { CreditStream, creditWindow, errorOf, statusOf } from './credit-stream.ts';
export { Digest } from './digest.ts';
export * from './envelopes.ts';
export { matches, mayReveal, type WatchAsked, watchedBy } from './filters.ts';
export { decodeFrame, encodeFrame, type Frame } from './frames.ts';
export { makeNumbersWhenNeeded } from './lean-packets.ts';
export { MqttBus, type MqttBusOptions } from './mqtt-bus.ts';
export { RpcClient, type RpcClientOptions } from './rpc-client.ts';
export * from './topics.ts';
