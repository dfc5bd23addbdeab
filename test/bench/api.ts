// The API measured from a second process, over TLS with a client certificate and durable writes, against a real hub.
// In brackets: what k3s v1.21 with SQLite did, with the same kind of client on such a machine.

import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TestCluster } from '../support/cluster.ts';
import { benchNamespace, type Job, type Load, type Result, type Said, watchedNamespace } from './api-job.ts';
import { costOf } from './process-cost.ts';
import { type Access, RawHttps, requestBytes } from './raw-https.ts';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const loadProgram = fileURLToPath(new URL(`./api-load.${extension}`, import.meta.url));

const configMaps = 4250;
const writers = 16;
const doors = ['https', 'mqtt'] as const;

interface Measured extends Result {
  /** Of the hub. */
  cpuMsEach: number;
}

/** Prints its figures line by line. Takes about a minute. */
export async function apiBench(print: (line: string) => void): Promise<void> {
  const cluster = new TestCluster();
  try {
    await cluster.startHub();
    const bench = new ApiBench(cluster);
    await bench.prepare();
    await requests(bench, print);
    await fanOut(bench, print);
    const memory = costOf(cluster.hub.pid).rssMiB * 1.048576;
    print(`hub's RSS after all of it: ${memory.toFixed(0)} MB (to reach: ≤ 250 MB) [737 MB]`);
  } finally {
    await cluster.close();
  }
}

async function requests(bench: ApiBench, print: (line: string) => void): Promise<void> {
  const rate = ({ count, milliseconds, cpuMsEach, latency }: Measured) =>
    `${Math.round((count / milliseconds) * 1000)}/s, p99 ${latency.p99.toFixed(1)} ms, ${cpuMsEach.toFixed(2)} ms CPU each`;
  const each = { type: 'each', writers, from: 0 } as const;
  const created = await bench.measure({ ...each, verb: 'create', what: 'configmaps', to: configMaps });
  print(
    `create ConfigMaps of 1 KiB, ${writers} writers: ${rate(created)} (to reach: ≥ 1,800/s) [868/s, 1.8 ms]`,
  );
  const got = await bench.measure({ ...each, verb: 'get', what: 'configmaps', to: configMaps });
  print(`get, ${writers} readers: ${rate(got)} (to reach: ≥ 3,000/s) [1,306/s]`);
  const put = await bench.measure({ ...each, verb: 'put', what: 'configmaps', to: configMaps });
  print(`put, ${writers} writers: ${rate(put)} (to reach: ≥ 2,400/s) [1,223/s]`);
  const listed = await bench.measure({ type: 'list', namespace: benchNamespace, times: 30 });
  const { p50, p99 } = listed.latency;
  print(
    `list of ${configMaps}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ` +
      `${listed.cpuMsEach.toFixed(1)} ms CPU each (to reach: p50 ≤ 20 ms) [42 ms]`,
  );
  const pods = await bench.measure({ ...each, verb: 'create', what: 'pods', to: 2500 });
  print(`create Pods, ${writers} writers: ${rate(pods)} (to reach: ≥ 1,300/s) [643/s]`);
}

async function fanOut(bench: ApiBench, print: (line: string) => void): Promise<void> {
  const load = { type: 'watch', watchers: 50, perSecond: 100, seconds: 5 } as const;
  for (const door of doors) {
    const { count, latency, cpuMsEach } = await bench.measure({ ...load, door });
    const missing = load.watchers * load.perSecond * load.seconds - count;
    print(
      `${load.watchers} watchers over ${door}, ${load.perSecond} events/s: p50 ${latency.p50.toFixed(1)} ms, ` +
        `p99 ${latency.p99.toFixed(1)} ms, ${cpuMsEach.toFixed(3)} ms CPU a delivery, ${missing} missing ` +
        '(to reach: p99 ≤ 6 ms, ≤ 0.06 ms) [10.3 ms, 0.128 ms]',
    );
  }
}

class ApiBench {
  private readonly cluster: TestCluster;
  private readonly access: Access;

  constructor(cluster: TestCluster) {
    this.cluster = cluster;
    this.access = adminAccess(cluster);
  }

  async prepare(): Promise<void> {
    const connection = await RawHttps.open(this.access);
    for (const name of [benchNamespace, ...doors.map(watchedNamespace)]) {
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      const { code, body } = await connection.ask(requestBytes('POST', '/api/v1/namespaces', namespace));
      if (code !== 201) throw new Error(body.toString());
    }
    connection.close();
  }

  /** Has a process of its own make the load; the cost is the hub's, as long as that took. */
  async measure(load: Load): Promise<Measured> {
    const { pid } = this.cluster.hub;
    const child = fork(loadProgram, [], { execArgv: process.execArgv });
    const job: Job = { access: this.access, mqttPort: this.cluster.mqttPort, load };
    let before = 0;
    return await new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the load ended with code ${code}`)));
      child.on('message', (said: Said) => {
        const { cpuSeconds } = costOf(pid);
        if (said.type === 'begins') before = cpuSeconds;
        else resolve({ ...said.result, cpuMsEach: ((cpuSeconds - before) * 1000) / said.result.count });
      });
      child.send(job);
    });
  }
}

function adminAccess(cluster: TestCluster): Access {
  const config = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8'));
  const decoded = (data: string) => Buffer.from(data, 'base64').toString();
  const { user } = config.users[0];
  const { hostname, port } = new URL(cluster.server);
  return {
    host: hostname,
    port: Number(port),
    ca: decoded(config.clusters[0].cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  };
}
