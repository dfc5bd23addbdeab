// What pods cost on a board: apply → Running beside podman by hand, and an agent's memory and CPU by the number of pods.
// KELP_BENCH_IDLE_SECONDS shortens each idle phase (default: 60).

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Pod } from '../../shared/api/index.ts';
import { PodmanCluster } from '../integration/podman/podman-cluster.ts';
import { podmanMissing, testImage } from '../support/podman-world.ts';
import { PodWatch } from './pod-watch.ts';
import { costOf, percentile } from './process-cost.ts';

type Print = (line: string) => void;

const rounds = 20;
const crowds = [10, 30];
/** The service of podman has ended by then. */
const settleMs = 25_000;

export async function podsBench(print: Print): Promise<void> {
  const missing = podmanMissing();
  if (missing) return print(missing);
  const here = PodmanCluster.prepare();
  await here.begin();
  const watch = new PodWatch(here.cluster);
  try {
    await latency(here, watch, print);
    await idle(here, 0, print);
    for (const [index, crowd] of crowds.entries()) {
      const before = crowds[index - 1] ?? 0;
      const begun = performance.now();
      await Promise.all(numbers(before, crowd).map((number) => watch.start(probed(number))));
      print(
        `${crowd - before} podman pods with probes at once: all run after ${((performance.now() - begun) / 1000).toFixed(1)} s`,
      );
      await idle(here, crowd, print);
    }
    const most = crowds.at(-1) ?? 0;
    const begun = performance.now();
    await Promise.all(numbers(0, most).map((number) => watch.remove(`crowd-${number}`)));
    print(`${most} deleted at once: all gone after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    await here.empty();
    const together = performance.now();
    await Promise.all(numbers(0, most).map((number) => watch.start(podmanPod(`crowd-${number}`))));
    print(
      `${most} podman pods at once: all run after ${((performance.now() - together) / 1000).toFixed(1)} s`,
    );
  } finally {
    watch.stop();
    await here.close();
  }
}

/** In turn, so that what else the machine does falls on all alike. */
async function latency(here: PodmanCluster, watch: PodWatch, print: Print): Promise<void> {
  const times = { hand: [] as number[], podman: [] as number[], process: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.hand.push(await byHand(here, round));
    times.podman.push(await andRemove(watch, podmanPod(`podman-${round}`)));
    times.process.push(await andRemove(watch, processPod(`process-${round}`)));
  }
  for (const [who, took] of Object.entries(times)) {
    print(
      `start, ${who}, ${rounds} times: p50 ${percentile(took, 0.5).toFixed(0)} ms, p99 ${percentile(took, 0.99).toFixed(0)} ms`,
    );
  }
  const ratio = percentile(times.podman, 0.5) / percentile(times.hand, 0.5);
  print(`podman pod against podman by hand: ${ratio.toFixed(2)} (to reach: ≤ 1.3)`);
}

async function byHand(here: PodmanCluster, round: number): Promise<number> {
  const podman = (...args: string[]) =>
    promisify(execFile)('podman', [...here.world.args, ...args], {
      env: { ...process.env, ...here.world.env },
    });
  const begun = performance.now();
  await podman('pod', 'create', '--name', `hand-${round}`);
  await podman('run', '-d', '--pod', `hand-${round}`, testImage, 'sleep', '3600');
  const took = performance.now() - begun;
  await podman('pod', 'rm', '-f', '-t', '0', `hand-${round}`);
  return took;
}

async function andRemove(watch: PodWatch, pod: Pod): Promise<number> {
  const took = await watch.start(pod);
  await watch.remove(pod.metadata?.name ?? '');
  return took;
}

async function idle(here: PodmanCluster, running: number, print: Print): Promise<void> {
  const seconds = Number(process.env.KELP_BENCH_IDLE_SECONDS ?? 60);
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const before = costOf(here.agent.pid);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const { rssMiB, pssMiB, cpuSeconds } = costOf(here.agent.pid);
  const share = ((cpuSeconds - before.cpuSeconds) / seconds) * 100;
  print(
    `agent with ${running} running pods${running ? ', each probed every 10 s' : ''}, ${seconds} s: ${rssMiB.toFixed(0)} MiB RSS, ${pssMiB.toFixed(0)} MiB PSS, ${share.toFixed(2)} % of a core (to reach with 10: ≤ 75 MB PSS, ≤ 1 %)`,
  );
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

function pod(name: string, spec: Pod['spec']): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, ...(spec && { spec }) };
}

function podmanPod(name: string): Pod {
  const containers = [{ name: 'sleep', image: testImage, command: ['sleep', '3600'] }];
  return pod(name, { terminationGracePeriodSeconds: 0, containers });
}

function processPod(name: string): Pod {
  const containers = [{ name: 'sleep', image: 'host', command: ['sleep', '3600'] }];
  return pod(name, { runtimeClassName: 'process', terminationGracePeriodSeconds: 0, containers });
}

function probed(number: number): Pod {
  const httpGet = { path: '/etc/passwd', port: 8080 };
  return pod(`crowd-${number}`, {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        ...{ name: 'web', image: testImage, command: ['httpd', '-f', '-p', '8080', '-h', '/'] },
        livenessProbe: { httpGet, periodSeconds: 10 },
      },
    ],
  });
}
