// What tells boards, pods and people where this cluster is: kept true as hubs come and go.

import { type Clock, type Logger, type Part, writeFileDurably } from '../shared/base/index.ts';
import type { Client } from '../shared/client/index.ts';
import { keepClusterInfo } from './bootstrap.ts';
import type { HubConfig } from './config.ts';
import type { Foundation } from './foundation.ts';
import { type HubRegistry, wheneverHubsChange } from './hubs/index.ts';
import { keepKubernetesService } from './kubernetes-service.ts';
import { kubeconfig } from './pki/index.ts';

export interface AnnouncementsOptions {
  config: HubConfig;
  foundation: Foundation;
  client: Client;
  hubs: HubRegistry;
  /** Where the administrator of this machine finds the API: file, and URL. */
  kubeconfigPath: string;
  server: () => string;
  clock: Clock;
  log: Logger;
}

export function announcements(options: AnnouncementsOptions): Part[] {
  const { config, foundation, client, hubs, kubeconfigPath, server, clock, log } = options;
  const { authority, certificates, store, token } = foundation;
  return [
    // For who has not joined yet.
    wheneverHubsChange({
      ...{ name: 'cluster-info', hubs, clock, log },
      work: () =>
        keepClusterInfo({
          client,
          ca: authority.certificate,
          mqttPort: hubs.self.mqttPort,
          advertise: hubs.self.host,
          ...(store.shared && { hubs: hubs.all().sort((a, b) => a.id.localeCompare(b.id)) }),
        }),
    }),
    // For pods.
    wheneverHubsChange({
      ...{ name: 'service kubernetes', hubs, clock, log },
      work: () =>
        keepKubernetesService({
          client,
          serviceCidr: config.serviceCidr,
          addresses: hubs.alive().map(({ host, httpsPort }) => ({ host, port: httpsPort })),
        }),
    }),
    // For the administrator.
    {
      name: 'kubeconfig',
      start: async () => {
        const admin = await certificates.admin();
        const text = kubeconfig({ server: server(), ca: authority.certificate, admin, token });
        await writeFileDurably(kubeconfigPath, text, 0o600);
      },
    },
  ];
}
