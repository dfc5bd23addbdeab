// The main job measured: apply → Running of a process pod, and what an idle hub and agent cost, with two nodes.
// KELP_BENCH_IDLE_SECONDS shortens the idle phase (default: five minutes).

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from '../../shared/api/index.ts';
import { TestCluster } from '../support/cluster.ts';
import { ByteCountingProxy } from './byte-counting-proxy.ts';
import { PodWatch } from './pod-watch.ts';
import { costOf, percentile } from './process-cost.ts';

const rounds = 50;
const settleMs = 20_000;

export async function mainJobBench(print: (line: string) => void): Promise<void> {
  const idleSeconds = Number(process.env.KELP_BENCH_IDLE_SECONDS ?? 300);
  const cluster = new TestCluster();
  let proxy: ByteCountingProxy | undefined;
  try {
    await cluster.startHub();
    await cluster.startAgent('pi-1');
    await cluster.startAgent('pi-2');
    proxy = await throughProxy(cluster, 'pi-2');
    await startLatency(cluster, print);
    await idle(cluster, proxy, idleSeconds, print);
  } finally {
    proxy?.stop();
    await cluster.close();
  }
}

/** Lets the agent speak to the broker through a proxy that counts. */
async function throughProxy(cluster: TestCluster, name: string): Promise<ByteCountingProxy> {
  const proxy = new ByteCountingProxy(cluster.mqttPort);
  await proxy.start();
  await cluster.agents.get(name)?.stop();
  const path = join(cluster.agentDirectory(name), 'hub.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), mqttPort: proxy.port }));
  await cluster.startAgent(name);
  return proxy;
}

async function startLatency(cluster: TestCluster, print: (line: string) => void): Promise<void> {
  const watch = new PodWatch(cluster);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const name = `bench-${round}`;
    times.push(await watch.start(benchPod(name)));
    await watch.remove(name);
  }
  watch.stop();
  const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)];
  print(
    `apply → Running, process pod, ${rounds} times: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms (to reach: p50 ≤ 150 ms)`,
  );
}

function benchPod(name: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      runtimeClassName: 'process',
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'sleep', image: 'host', command: ['sleep', '3600'] }],
    },
  };
}

async function idle(
  cluster: TestCluster,
  proxy: ByteCountingProxy,
  seconds: number,
  print: (line: string) => void,
): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const pids = { hub: cluster.hub.pid, agent: cluster.agents.get('pi-2')?.pid ?? 0 };
  const before = { hub: costOf(pids.hub), agent: costOf(pids.agent), link: proxy.bytes };
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = { hub: costOf(pids.hub), agent: costOf(pids.agent), link: proxy.bytes };
  const share = (who: 'hub' | 'agent') => ((after[who].cpuSeconds - before[who].cpuSeconds) / seconds) * 100;
  const memory = (who: 'hub' | 'agent') =>
    `${after[who].rssMiB.toFixed(0)} MiB RSS (${after[who].pssMiB.toFixed(0)} PSS)`;
  print(
    `idle hub, two nodes, ${seconds} s: ${memory('hub')}, ${share('hub').toFixed(2)} % of a core (to reach: ≤ 110 MB, ≤ 0.5 %)`,
  );
  print(
    `idle agent: ${memory('agent')}, ${share('agent').toFixed(2)} % of a core (to reach: ≤ 70 MB, ≤ 0.3 %)`,
  );
  print(
    `idle link of an agent: ${(((after.link - before.link) / seconds) * 60).toFixed(0)} bytes a minute, both ways, with TLS (to reach: ≤ 1 KB)`,
  );
  print(
    `written to disk by the idle hub: ${after.hub.writtenBytes - before.hub.writtenBytes} bytes in ${seconds} s (to reach: 0)`,
  );
}
