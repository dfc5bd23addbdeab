// Process pods with a network of their own: addresses, ports of the board, and nothing left of them.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { type ContainerSpec, ProcessRuntime, type Sandbox } from '../../edge-agent/runtime/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import { processesWith, shellContainer } from '../support/container-spec.ts';
import { until } from '../support/until.ts';

const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
const nft = ['/usr/sbin/nft', '/sbin/nft'].find((path) => existsSync(path));

describe('the network of process pods', function () {
  this.timeout(40_000);
  let folder: string;
  let runtime: ProcessRuntime;
  const others: ProcessRuntime[] = [];

  before(function () {
    if (process.getuid?.() === 0 && busybox && nft) return;
    console.log('      needs root and the Debian packages busybox-static and nftables');
    this.skip();
  });

  const create = (name = 'runtime', range = { cidr: '10.199.0.0/16', shared: true }) =>
    new ProcessRuntime({
      directory: join(folder, name),
      clock: systemClock,
      log: createLog('test', 'silent'),
      podRange: of(range),
      bridgeIdleMs: 0,
    });

  const of = (known: { cidr: string; shared: boolean }) => ({ known, wait: async () => known });

  /** Devices, namespaces and tables of agents. */
  function traces(): string[] {
    const tables = execFileSync(nft ?? '', ['list', 'tables'], { encoding: 'utf8' }).split('\n');
    const devices = readdirSync('/sys/class/net');
    const namespaces = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
    return [...tables, ...devices, ...namespaces].filter((name) => /kelp|^kv/.test(name));
  }
  let before_: string[];

  beforeEach(async () => {
    before_ = traces();
    folder = mkdtempSync(join(tmpdir(), 'kelp-network-'));
    mkdirSync(join(folder, 'www'));
    runtime = create();
    await runtime.start();
  });

  afterEach(async () => {
    for (const one of [runtime, ...others.splice(0)]) {
      for (const { podUid } of await one.list()) await one.removePod(podUid);
      await one.stop();
    }
    expect(processesWith(folder)).to.deep.equal([]);
    expect(traces().filter((name) => !before_.includes(name) && isOurs(name))).to.deep.equal([]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Other agents of this machine come and go meanwhile: ours have names that they told us. */
  const seen = new Set<string>();
  const isOurs = (name: string) => [...seen].some((tag) => name.includes(tag));

  const sandbox = (uid: string, more: Partial<Sandbox> = {}): Sandbox => ({
    ...{
      uid,
      namespace: 'default',
      name: uid,
      hostname: uid,
      qosClass: 'BestEffort',
      ports: [],
      sysctls: [],
    },
    ...{ hostNetwork: false, hostPid: false, hostIpc: false, hostUsers: true, shareProcessNamespace: false },
    ...more,
  });

  async function prepare(uid: string, more: Partial<Sandbox> = {}, by = runtime): Promise<string> {
    const { ips } = await by.preparePod(sandbox(uid, more));
    for (const name of existsSync('/run/netns') ? readdirSync('/run/netns') : [])
      if (name.endsWith(uid)) seen.add(name.split('-')[1] ?? '');
    return ips[0] ?? '';
  }

  /** A web server that says `word` on port 8080. */
  async function serve(uid: string, word: string, by = runtime, listen = '8080'): Promise<string> {
    const www = join(folder, 'www', uid);
    mkdirSync(www, { recursive: true });
    writeFileSync(join(www, 'index.html'), word);
    const container: ContainerSpec = {
      ...shellContainer(`exec ${busybox} httpd -f -p ${listen} -h ${www}`, folder, { podUid: uid }),
      env: [{ name: 'TEST_FOLDER', value: folder }],
    };
    return (await by.startContainer(container, 'hash')).id;
  }

  const get = async (host: string, port = 8080) => {
    const url = `http://${host}:${port}/`;
    return until(`${url} to answer`, () =>
      fetch(url).then(
        (response) => response.text(),
        () => undefined,
      ),
    );
  };

  it('lets two pods listen on one port, each reached by its address from board and pods', async () => {
    expect(runtime.shortcomings.get('podNetwork')).to.equal(undefined);
    const [a, b] = [await prepare('pod-a'), await prepare('pod-b')];
    expect(a)
      .to.match(/^10\.199\./)
      .and.not.equal(b);
    const first = await serve('pod-a', 'from a');
    await serve('pod-b', 'from b');
    expect(await get(a)).to.equal('from a');
    expect(await get(b)).to.equal('from b');
    const fetching = (host: string) => ['sh', '-c', `${busybox} wget -qO- http://${host}:8080/`];
    expect((await runtime.exec(first, fetching(b), 5)).output).to.equal('from b');
    expect((await runtime.exec(first, fetching('127.0.0.1'), 5)).output).to.equal('from a');
    expect(await prepare('pod-a'), 'asked again').to.equal(a);
  });

  it('leads ports of the board to a pod, as long as it is there', async () => {
    const port = 20_000 + (process.pid % 10_000);
    const ports = [{ hostIp: '', hostPort: port, containerPort: 8080, protocol: 'TCP' as const }];
    await prepare('pod-h', { ports });
    await serve('pod-h', 'by the board');
    expect(await get('127.0.0.1', port)).to.equal('by the board');
    const own = Object.values(networkInterfaces())
      .flat()
      .find((one) => one && !one.internal && one.family === 'IPv4' && !one.address.startsWith('10.199.'));
    if (own) expect(await get(own.address, port)).to.equal('by the board');
    await runtime.removePod('pod-h');
    const refused = await fetch(`http://127.0.0.1:${port}/`).catch((error) => error.cause?.code);
    expect(refused).to.equal('ECONNREFUSED');
  });

  it('keeps addresses over a restart of the agent, with and without containers that run', async () => {
    const address = await prepare('pod-r');
    const id = await serve('pod-r', 'still here');
    expect(await get(address)).to.equal('still here');
    await runtime.stop();
    expect(await get(address)).to.equal('still here');
    runtime = create();
    await runtime.start();
    expect(await prepare('pod-r')).to.equal(address);
    expect(await get(address)).to.equal('still here');
    await runtime.stopContainer(id, 0);
    await runtime.stop();
    expect(traces().filter(isOurs), 'while nothing runs').to.deep.equal([]);
    runtime = create();
    await runtime.start();
    expect(await prepare('pod-r')).to.equal(address);
  });

  it('removes what an agent that was killed left of pods that are gone', async () => {
    await prepare('pod-k');
    expect(traces().filter(isOurs)).not.to.deep.equal([]);
    runtime = create();
    await runtime.start();
    expect(traces().filter(isOurs)).to.deep.equal([]);
  });

  it('of two agents do not meet', async () => {
    const other = create('other');
    others.push(other);
    await other.start();
    const [a, b] = [await prepare('pod-1'), await prepare('pod-2', {}, other)];
    await serve('pod-1', 'one');
    await serve('pod-2', 'two', other);
    expect(await get(a)).to.equal('one');
    expect(await get(b)).to.equal('two');
    expect(a.split('.').slice(0, 3)).not.to.deep.equal(b.split('.').slice(0, 3));
  });

  it('is entered for what listens on a pod’s own loopback only', async () => {
    await prepare('pod-l');
    await serve('pod-l', 'local', runtime, '127.0.0.1:8080');
    const socket = await until('it to listen', () => runtime.connect('pod-l', 8080).catch(() => undefined));
    socket.end('GET / HTTP/1.0\r\n\r\n');
    expect(await text(socket)).to.match(/^HTTP\/1\.\d 200 OK[\s\S]*local$/);
    const failure = await runtime.connect('pod-l', 8082).catch((error: Error) => error);
    expect(failure).to.be.an('error').with.property('message', 'connection refused');
    expect(await runtime.connect('nobody', 8080)).to.equal(undefined);
  });

  it('is the board’s where a pod asks for that, and has its own settings else', async () => {
    expect(await prepare('pod-n', { hostNetwork: true })).to.equal('');
    const ofBoard = () => readFileSync('/proc/sys/kernel/shm_rmid_forced', 'utf8').trim();
    const before = ofBoard();
    const sysctls = [
      { name: 'net.ipv4.ip_unprivileged_port_start', value: '123' },
      { name: 'kernel.shm_rmid_forced', value: before === '0' ? '1' : '0' },
    ];
    await prepare('pod-s', { sysctls });
    const id = await serve('pod-s', 'x');
    const read = ['cat', '/proc/sys/net/ipv4/ip_unprivileged_port_start'];
    expect((await runtime.exec(id, read, 5)).output).to.equal('123\n');
    expect(ofBoard(), 'the IPC of the board is not the pod’s to set').to.equal(before);
  });

  it('is shared with the board where somebody else has its addresses, also when that comes in between', async () => {
    const range = { cidr: '10.198.7.0/24', shared: false };
    const stranger = `kt${process.pid}`;
    const add = () => {
      execFileSync('ip', ['link', 'add', stranger, 'type', 'bridge']);
      execFileSync('ip', ['address', 'add', '10.198.7.1/24', 'dev', stranger]);
      execFileSync('ip', ['link', 'set', stranger, 'up']);
    };
    const why = `10.198.7.0/24 cannot be had: the device ${stranger} of this board has 10.198.7.0/24`;
    try {
      add();
      const late = create('late', range);
      others.push(late);
      await late.start();
      expect(late.podNetwork).to.deep.equal({ lacking: why });
      expect(late.shortcomings.get('hostPorts')).to.contain(why);
      expect(await prepare('pod-l', {}, late)).to.equal('');
      execFileSync('ip', ['link', 'delete', stranger]);
      const early = create('early', range);
      others.push(early);
      await early.start();
      expect(early.podNetwork).to.deep.equal({});
      add();
      expect(await prepare('pod-e', {}, early)).to.equal('');
      expect(early.podNetwork).to.deep.equal({ lacking: why });
    } finally {
      execFileSync('ip', ['link', 'delete', stranger]);
    }
  });

  it('waits for its range a moment, says that there is none, and comes with it', async () => {
    let known: { cidr: string; shared: boolean } | undefined;
    let asked = 0;
    const source = {
      get known() {
        return known;
      },
      wait: async () => {
        asked += 1;
        return known;
      },
    };
    let changes = 0;
    const waiting = new ProcessRuntime({
      ...{ directory: join(folder, 'waiting'), clock: systemClock, log: createLog('test', 'silent') },
      podRange: source,
      bridgeIdleMs: 0,
      onNetworkChange: () => (changes += 1),
    });
    others.push(waiting);
    await waiting.start();
    expect(await prepare('pod-1', {}, waiting)).to.equal('');
    expect(asked).to.be.greaterThan(0);
    expect(waiting.podNetwork?.lacking).to.match(/^the hub has given this node no range/);
    known = { cidr: '10.197.3.0/24', shared: false };
    expect(await prepare('pod-2', {}, waiting)).to.equal('10.197.3.2');
    expect(waiting.podNetwork).to.deep.equal({});
    expect(changes).to.equal(2);
    await waiting.removePod('pod-2');
  });

  it('of pods that had one is taken down also by an agent that gives none any more', async () => {
    await prepare('pod-o');
    await serve('pod-o', 'x');
    await runtime.stop();
    const { directory, clock, log } = {
      directory: join(folder, 'runtime'),
      clock: systemClock,
      log: createLog('test', 'silent'),
    };
    runtime = new ProcessRuntime({ directory, clock, log, bridgeIdleMs: 0 });
    await runtime.start();
    expect(runtime.podNetwork).to.deep.equal({ lacking: 'its agent was told so' });
    expect(traces().filter(isOurs)).not.to.deep.equal([]);
    await runtime.removePod('pod-o');
    expect(traces().filter(isOurs)).to.deep.equal([]);
  });

  it('leads nowhere near what listens on the board’s own loopback', async () => {
    const server = createServer((socket) => socket.end('the board')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    try {
      const ip = await prepare('pod-x');
      const id = await serve('pod-x', 'x');
      const gateway = ip.replace(/\d+$/, '1');
      // What a program with rights over its own network could do: it sends the board packets that are for 127.0.0.1.
      const script = [
        'echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet',
        'ip address del 127.0.0.1/8 dev lo',
        `ip route add 127.0.0.1 via ${gateway} dev eth0`,
        `${busybox} nc -w 2 127.0.0.1 ${port}`,
      ].join(' && ');
      const { output } = await runtime.exec(id, ['sh', '-c', script], 10);
      expect(output).not.to.contain('the board');
      const local = await runtime.exec(id, ['sh', '-c', `${busybox} wget -qO- http://${ip}:8080/`], 5);
      expect(local.output, 'all else goes on').to.equal('x');
    } finally {
      server.close();
    }
  });
});
