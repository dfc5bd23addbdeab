export type * from './client.ts';
export {
  type Controller,
  each,
  mapped,
  type Outcome,
  ownersOf,
  type Source,
  type Synced,
  TerminalError,
} from './controller.ts';
export { ControllerRunner, type ControllerRunnerOptions } from './controller-runner.ts';
export { createClient } from './create-client.ts';
export { EventCorrelator } from './event-correlator.ts';
export {
  type ActionRecorder,
  EventRecorder,
  type EventRecorderOptions,
  type EventTarget,
  type EventType,
  type Recorder,
} from './event-recorder.ts';
export { type Change, type IndexBy, Informer, revisionOf } from './informer.ts';
export { InformerFactory } from './informer-factory.ts';
export { LeaderElection, type LeaderElectionOptions, type Term } from './leader-election.ts';
export { MqttConnection, type MqttConnectionOptions } from './mqtt-connection.ts';
export { type Connectivity, MqttTransport, type MqttTransportOptions } from './mqtt-transport.ts';
export { addressOf, formatKey, keyOf, parseKey } from './object-name.ts';
export { answerOf, type RestAddress, restOf } from './rest-exchange.ts';
export type * from './transport.ts';
export { WorkQueue, type WorkQueueOptions } from './work-queue.ts';
