// What an idle cluster writes to flash: a hub with twenty agents, each with a pod, on which nothing happens.
// KELP_BENCH_IDLE_SECONDS sets how long it is looked at (default: five minutes), KELP_BENCH_AGENTS how many agents.

import { deployments, pods } from '../../shared/api/index.ts';
import { HttpTransport } from '../../shared/client/http/index.ts';
import { createClient } from '../../shared/client/index.ts';
import { eventually, TestCluster } from '../support/cluster.ts';
import { HttpsJson } from '../support/https-json.ts';
import { sleeper } from '../support/manifests.ts';
import { scrape } from '../support/scrape.ts';
import { costOf, percentile } from './process-cost.ts';

const settleMs = 70_000;
const secondsOfDay = 86_400;

export async function flashBench(print: (line: string) => void): Promise<void> {
  const seconds = Number(process.env.KELP_BENCH_IDLE_SECONDS ?? 300);
  const agents = Number(process.env.KELP_BENCH_AGENTS ?? 20);
  const cluster = new TestCluster();
  try {
    await cluster.startHub();
    for (let at = 1; at <= agents; at += 1) await cluster.startAgent(`pi-${at}`);
    await runPods(cluster, agents);
    await pause(settleMs);
    const before = await written(cluster);
    await pause(seconds * 1000);
    const after = await written(cluster);
    const aDay = (bytes: number) => `${((bytes / seconds) * secondsOfDay) / 1_000_000} MB a day`;
    const store = after.store - before.store;
    const hub = after.hub - before.hub;
    const each = after.agents.map((bytes, at) => bytes - (before.agents[at] ?? 0));
    print(
      `idle hub, ${agents} agents with a pod each, ${seconds} s: kelp_store_bytes_written_total grew by ${store} bytes, ` +
        `write_bytes of its process by ${hub} (${aDay(hub)}; to reach: ≤ 1 MB a day)`,
    );
    print(
      `an idle agent: write_bytes median ${percentile(each, 0.5)}, most ${Math.max(...each)} bytes (${aDay(percentile(each, 0.5))})`,
    );
  } finally {
    await cluster.close();
  }
}

async function runPods(cluster: TestCluster, count: number): Promise<void> {
  const transport = new HttpTransport({ server: cluster.server, ca: cluster.ca, token: cluster.adminToken });
  const client = createClient(transport);
  await client.create(deployments, sleeper('app', count));
  await eventually(
    'all pods run',
    async () => {
      const { items } = await client.list(pods, { namespace: 'default' });
      return items.filter(({ status }) => status?.phase === 'Running').length === count ? true : undefined;
    },
    120_000,
  );
  transport.close();
}

async function written(cluster: TestCluster): Promise<{ store: number; hub: number; agents: number[] }> {
  const api = new HttpsJson(cluster.server, cluster.kubeconfig);
  const values = await scrape(api);
  api.close();
  return {
    store: values.get('kelp_store_bytes_written_total') ?? Number.NaN,
    hub: costOf(cluster.hub.pid).writtenBytes,
    agents: [...cluster.agents.values()].map(({ pid }) => costOf(pid).writtenBytes),
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
