// The second process of the API's bench: makes the load that its parent asks for, and answers what it took.

import { connect as connectMqtt } from 'mqtt';
import {
  benchNamespace,
  type Job,
  type Load,
  type Result,
  type Said,
  type Spread,
  watchedNamespace,
} from './api-job.ts';
import { percentile } from './process-cost.ts';
import { type Access, openTls, type RawAnswer, RawHttps, requestBytes } from './raw-https.ts';

process.once('message', (job: Job) => {
  run(job, () => process.send?.({ type: 'begins' } satisfies Said)).then(
    (result) => process.send?.({ type: 'ended', result } satisfies Said, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

/** `begin` is called when the connections are there. */
function run({ access, mqttPort, load }: Job, begin: () => void): Promise<Result> {
  switch (load.type) {
    case 'each':
      return each(access, load, begin);
    case 'list':
      return list(access, load, begin);
    case 'watch':
      return fanOut(access, mqttPort, load, begin);
  }
}

async function each(
  access: Access,
  load: Extract<Load, { type: 'each' }>,
  begin: () => void,
): Promise<Result> {
  const requests = Array.from({ length: load.to - load.from }, (_, at) => requestFor(load, load.from + at));
  const connections = await Promise.all(Array.from({ length: load.writers }, () => RawHttps.open(access)));
  const times: number[] = [];
  let next = 0;
  begin();
  const began = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      for (let request = requests[next++]; request; request = requests[next++]) {
        const sent = performance.now();
        mustSucceed(await connection.ask(request));
        times.push(performance.now() - sent);
      }
    }),
  );
  const milliseconds = performance.now() - began;
  for (const connection of connections) connection.close();
  return { count: times.length, milliseconds, latency: spreadOf(times) };
}

function requestFor({ verb, what }: Extract<Load, { type: 'each' }>, number: number): Buffer {
  const path = `/api/v1/namespaces/${benchNamespace}/${what}`;
  const name = `bench-${number}`;
  const object = what === 'pods' ? benchPod(name) : benchConfigMap(name, verb);
  if (verb === 'create') return requestBytes('POST', path, object);
  return verb === 'get'
    ? requestBytes('GET', `${path}/${name}`)
    : requestBytes('PUT', `${path}/${name}`, object);
}

function benchConfigMap(name: string, marker: string, namespace = benchNamespace): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels: { app: 'bench' } },
    data: { marker, text: 'x'.repeat(1024) },
  };
}

function benchPod(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: benchNamespace, labels: { app: 'bench' } },
    spec: {
      containers: [
        {
          name: 'main',
          image: 'registry.local/app:1.0',
          command: ['app', '--serve'],
          env: [{ name: 'LEVEL', value: 'info' }],
          ports: [{ containerPort: 8080 }],
          resources: { requests: { cpu: '10m', memory: '16Mi' } },
        },
      ],
    },
  };
}

async function list(
  access: Access,
  { namespace, times }: Extract<Load, { type: 'list' }>,
  begin: () => void,
): Promise<Result> {
  const connection = await RawHttps.open(access);
  const request = requestBytes('GET', `/api/v1/namespaces/${namespace}/configmaps`);
  const latencies: number[] = [];
  begin();
  const began = performance.now();
  for (let time = 0; time < times; time++) {
    const sent = performance.now();
    mustSucceed(await connection.ask(request));
    latencies.push(performance.now() - sent);
  }
  connection.close();
  return { count: times, milliseconds: performance.now() - began, latency: spreadOf(latencies) };
}

/** Creates at an even pace; each watcher says when it heard of which. */
async function fanOut(
  access: Access,
  mqttPort: number,
  load: Extract<Load, { type: 'watch' }>,
  begin: () => void,
): Promise<Result> {
  const namespace = watchedNamespace(load.door);
  const sent = new Map<string, number>();
  const latencies: number[] = [];
  const total = load.perSecond * load.seconds;
  const hear = (name: string) => {
    const at = sent.get(name);
    if (at !== undefined) latencies.push(performance.now() - at);
  };
  const watch = load.door === 'https' ? watchHttps : watchMqtt;
  const port = load.door === 'https' ? access.port : mqttPort;
  const stops = await Promise.all(
    Array.from({ length: load.watchers }, (_, at) => watch({ ...access, port }, `${load.door}-${at}`, hear)),
  );
  const writers = await Promise.all(Array.from({ length: 8 }, () => RawHttps.open(access)));
  const turns = writers.map(() => Promise.resolve());
  begin();
  const began = performance.now();
  for (let number = 0; number < total; number++) {
    const wait = began + (number * 1000) / load.perSecond - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const name = `${load.door}-${number}`;
    const request = requestBytes(
      'POST',
      `/api/v1/namespaces/${namespace}/configmaps`,
      benchConfigMap(name, load.door, namespace),
    );
    const turn = number % writers.length;
    sent.set(name, performance.now());
    turns[turn] = (turns[turn] ?? Promise.resolve()).then(async () => {
      const answer = await writers[turn]?.ask(request);
      if (answer) mustSucceed(answer);
    });
  }
  await Promise.all(turns);
  const deadline = performance.now() + 10_000;
  while (latencies.length < total * load.watchers && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const milliseconds = performance.now() - began;
  for (const stop of stops) stop();
  for (const writer of writers) writer.close();
  return { count: latencies.length, milliseconds, latency: spreadOf(latencies) };
}

type Watch = (access: Access, id: string, hear: (name: string) => void) => Promise<() => void>;

const watchHttps: Watch = async (access, _id, hear) => {
  const socket = await openTls(access);
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      resolve();
      for (const [, name] of chunk.toString('latin1').matchAll(/"name":"([^"]+)"/g)) {
        if (name) hear(name);
      }
    });
    socket.write(requestBytes('GET', `/api/v1/namespaces/${watchedNamespace('https')}/configmaps?watch=1`));
  });
  return () => socket.destroy();
};

const watchMqtt: Watch = async ({ host, port, ca, cert, key }, clientId, hear) => {
  const client = connectMqtt({ protocol: 'mqtts', host, port, ca, cert, key, clientId, reconnectPeriod: 0 });
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('error', reject);
  });
  client.on('message', (topic) => hear(topic.slice(topic.lastIndexOf('/') + 1)));
  await client.subscribeAsync(`kelp/v1/watch/core/configmaps/${watchedNamespace('mqtt')}/+`);
  return () => client.end(true);
};

function mustSucceed({ code, body }: RawAnswer): void {
  if (code >= 300) throw new Error(`answered ${code}: ${body.toString().slice(0, 500)}`);
}

function spreadOf(times: readonly number[]): Spread {
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}
