// Pods as the API tells of them: created, running, gone, with the time that each took.

import { readFileSync } from 'node:fs';
import { type Pod, pods } from '../../shared/api/index.ts';
import { HttpTransport } from '../../shared/client/http/index.ts';
import { type Client, createClient } from '../../shared/client/index.ts';
import type { TestCluster } from '../support/cluster.ts';

export class PodWatch {
  private readonly client: Client;
  private readonly running = new Map<string, () => void>();
  private readonly gone = new Map<string, () => void>();
  private readonly close: () => void;

  constructor(cluster: TestCluster) {
    const transport = new HttpTransport({ server: cluster.server, ...adminOf(cluster) });
    this.client = createClient(transport);
    const watch = this.client.listWatch(
      { resource: pods, namespace: 'default' },
      {
        onReplace: () => {},
        onError: () => {},
        onEvent: ({ type, object }) => {
          const { name } = object.metadata;
          if (object.status?.phase === 'Running') this.running.get(name)?.();
          if (type === 'DELETED') this.gone.get(name)?.();
        },
      },
    );
    this.close = () => {
      watch.stop();
      transport.close();
    };
  }

  /** Milliseconds until it runs. */
  async start(pod: Pod): Promise<number> {
    const name = pod.metadata?.name ?? '';
    const isRunning = new Promise<void>((resolve) => this.running.set(name, resolve));
    const begun = performance.now();
    await this.client.create(pods, pod);
    await isRunning;
    return performance.now() - begun;
  }

  async remove(name: string): Promise<void> {
    const isGone = new Promise<void>((resolve) => this.gone.set(name, resolve));
    await this.client.delete(pods, { namespace: 'default', name });
    await isGone;
  }

  stop(): void {
    this.close();
  }
}

function adminOf(cluster: TestCluster): { ca: string; certificate: { cert: string; key: string } } {
  const config = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8'));
  const decoded = (data: string) => Buffer.from(data, 'base64').toString();
  const { user } = config.users[0];
  return {
    ca: decoded(config.clusters[0].cluster['certificate-authority-data']),
    certificate: { cert: decoded(user['client-certificate-data']), key: decoded(user['client-key-data']) },
  };
}
