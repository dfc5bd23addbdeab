// The other hubs of the cluster, and the ways to the nodes that they have. A hub whose store is its own knows of none.

import type { Clock, Logger } from '../shared/base/index.ts';
import type { Client } from '../shared/client/index.ts';
import { HubLinks, NodeStreamBridge, type PresenceBridge } from './bridge/index.ts';
import type { Broker } from './broker/index.ts';
import type { Foundation } from './foundation.ts';
import { type HubInfo, HubRegistry } from './hubs/index.ts';

export interface OtherHubsOptions {
  foundation: Foundation;
  broker: Broker;
  /** What others are told of this one, once its doors are open. */
  self: () => HubInfo;
  client: () => Client;
  presence: () => PresenceBridge;
  clock: Clock;
  log: Logger;
}

export function otherHubs(options: OtherHubsOptions) {
  const { foundation, broker, self, client, presence, clock } = options;
  const { id, store, authority, certificates } = foundation;
  const log = options.log.child({ part: 'hubs' });
  const hubs = new HubRegistry({ self, client, shared: store.shared, clock, log });
  const links = new HubLinks({
    ...{ id, clock, log },
    tls: async () => {
      const { certificate: cert, key } = await certificates.hub(id);
      return { ca: authority.certificate, cert, key };
    },
    find: (other) => hubs.find(other),
  });
  const streams = new NodeStreamBridge({
    ...{ broker, clock },
    ...(store.shared && {
      elsewhere: {
        hubOf: (node: string) => presence().hubOf(node),
        wayTo: (...way: Parameters<HubLinks['wayTo']>) => links.wayTo(...way),
      },
    }),
  });
  return { hubs, links, streams };
}
