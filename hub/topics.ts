// Objects ↔ topics: what makes an object that is stored a message, and of a message a write.

import type { Clock, Logger } from '../shared/base/index.ts';
import type { Client } from '../shared/client/index.ts';
import type { ApiServer, NodeReach } from './apiserver/index.ts';
import {
  DesiredStateBridge,
  HubAddresses,
  LeaseBridge,
  Mirror,
  PresenceBridge,
  ReportRequests,
} from './bridge/index.ts';
import type { Broker } from './broker/index.ts';
import type { HubRegistry } from './hubs/index.ts';
import type { Store } from './store/index.ts';

export interface TopicsOptions {
  /** Of this hub. */
  id: string;
  broker: Broker;
  api: ApiServer;
  store: Store;
  client: Client;
  reach: NodeReach;
  hubs: HubRegistry;
  nodeGraceSeconds: number;
  clock: Clock;
  log: Logger;
}

export function topicsOf({ id, broker, api, store, client, reach, hubs, clock, ...options }: TopicsOptions) {
  const log = (part: string) => options.log.child({ part });
  return {
    /** Each object, for who watches. */
    mirror: new Mirror({
      ...{ broker, store, texts: api.texts, log: log('mirror') },
      resources: () => api.index.preferred(),
    }),
    /** Which nodes are here. */
    presence: new PresenceBridge({
      ...{ broker, client, clock, log: log('presence') },
      ...(store.shared && {
        hubs: {
          id,
          isAlive: (other: string) => hubs.isAlive(other),
          onChange: (listener: () => void) => hubs.onChange(listener),
        },
      }),
    }),
    /** What each node is to run. */
    desired: new DesiredStateBridge({ broker, store, reach, log: log('desired') }),
    /** Signs of life of nodes. */
    leases: new LeaseBridge({
      ...{ broker, client, clock, log: log('leases') },
      durationSeconds: options.nodeGraceSeconds,
    }),
    reportRequests: new ReportRequests({ broker, client, clock, log: log('reports') }),
    /** Where nodes find all hubs. */
    hubAddresses: new HubAddresses({
      broker,
      brokers: () => hubs.all().map(({ host, mqttPort }) => ({ host, port: mqttPort })),
      onChange: (listener) => hubs.onChange(listener),
    }),
  };
}

type Retained = { match(filter: string): Iterable<RetainedMessage> | AsyncIterable<RetainedMessage> };
type RetainedMessage = { topic: string; payload: string | Buffer };

/** What is kept for a filter, from all who keep something. */
export async function* retainedBy(
  sources: readonly Retained[],
  filter: string,
): AsyncIterable<RetainedMessage> {
  for (const source of sources) yield* source.match(filter);
}
