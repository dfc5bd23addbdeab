// Streams by the official JavaScript client, unmodified: it speaks WebSocket and the older channels of port forwarding.

import { PassThrough } from 'node:stream';
import {
  Attach,
  CoreV1Api,
  Exec,
  KubeConfig,
  Log,
  Metrics,
  PortForward,
  type V1Status,
} from '@kubernetes/client-node';
import { expect } from 'chai';
import { skipWithout } from '../../support/cluster.ts';
import { until } from '../../support/until.ts';
import { StreamWorld, systemKubectl } from './stream-world.ts';

/** What has come through it so far. */
class Heard extends PassThrough {
  text = '';

  constructor() {
    super();
    this.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
    });
  }

  says(what: string): Promise<boolean> {
    return until(`"${what}"`, () => this.text.includes(what));
  }
}

const port = 18_080;
const echo = `require('net').createServer((s) => s.on('data', (d) => s.write('echo ' + d))).listen(${port}, '127.0.0.1')`;

describe('streams of the official JavaScript client', function () {
  this.timeout(90_000);
  const config = new KubeConfig();
  let world: StreamWorld;

  before(async function () {
    if (!systemKubectl) skipWithout(this, 'kubectl', 'kubernetes-client');
    world = await StreamWorld.start();
    config.loadFromFile(world.cluster.kubeconfig);
    const script = `echo started; node -e "${echo}" & read line; echo heard $line; wait`;
    await world.pod('pod', script, { stdin: true });
  });
  after(() => world?.close());

  it('runs a command, and learns how it ended', async () => {
    const [out, err, into] = [new Heard(), new Heard(), new PassThrough()];
    const command = ['sh', '-c', 'cat; echo oops >&2; exit 3'];
    const ended = new Promise<V1Status>((resolve, reject) => {
      new Exec(config).exec('default', 'pod', 'c', command, out, err, into, false, resolve).catch(reject);
    });
    into.end('given');
    const status = await ended;
    expect(status.status).to.equal('Failure');
    expect(status.details?.causes).to.deep.include({ reason: 'ExitCode', message: '3' });
    expect([out.text, err.text]).to.deep.equal(['given', 'oops\n']);
  });

  it('tells the size of its terminal, and that it changes', async () => {
    const screen = Object.assign(new Heard(), { columns: 100, rows: 40 });
    const command = ['sh', '-c', 'while sleep 0.2; do stty size; done'];
    const exec = new Exec(config);
    const running = await exec.exec('default', 'pod', 'c', command, screen, null, new PassThrough(), true);
    try {
      await screen.says('40 100');
      Object.assign(screen, { columns: 120, rows: 50 }).emit('resize');
      await screen.says('50 120');
    } finally {
      running.close();
    }
  });

  it('reads a log, and follows it while it is talked to', async () => {
    const [log, out, into] = [new Heard(), new Heard(), new PassThrough()];
    const following = await new Log(config).log('default', 'pod', 'c', log, { follow: true });
    await log.says('started');
    const attached = await new Attach(config).attach('default', 'pod', 'c', out, null, into, false);
    into.write('hello\n');
    await out.says('heard hello');
    await log.says('heard hello');
    attached.close();
    following.abort();
    const whole = await config
      .makeApiClient(CoreV1Api)
      .readNamespacedPodLog({ namespace: 'default', name: 'pod' });
    expect(whole).to.equal('started\nheard hello\n');
  });

  it('forwards a port', async () => {
    const [answers, faults, into] = [new Heard(), new Heard(), new PassThrough()];
    const forwarded = await new PortForward(config).portForward(
      'default',
      'pod',
      [port],
      answers,
      faults,
      into,
    );
    into.write('over');
    await answers.says('echo over');
    expect(faults.text).to.equal('');
    if (typeof forwarded !== 'function') forwarded.close();
  });

  it('reads what is used', async () => {
    const metrics = new Metrics(config);
    const used = await until('metrics of the pod', async () => {
      const { items } = await metrics.getPodMetrics('default');
      return items.find(({ metadata }) => metadata.name === 'pod');
    });
    expect(used.containers.map(({ name }) => name)).to.deep.equal(['c']);
    const { items } = await metrics.getNodeMetrics();
    expect(items.map(({ metadata }) => metadata.name)).to.deep.equal(['pi-1']);
  });
});
