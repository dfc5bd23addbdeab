// A real etcd (Debian's etcd-server) for tests, in a folder and on ports of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandAt, loopback, type Place, root, run } from './cluster.ts';
import { freePorts } from './free-ports.ts';
import { until } from './until.ts';

const etcdProgram =
  [join(root, 'test/.tools/etcd/usr/bin/etcd'), '/usr/bin/etcd'].find((path) => existsSync(path)) ?? '';
export const hasEtcd = etcdProgram !== '';

export interface EtcdServerOptions {
  /** Further flags. */
  flags?: readonly string[];
  /** The members of a cluster, this one too, by name. Default: it is alone. */
  cluster?: Readonly<Record<string, EtcdPorts>>;
  name?: string;
  ports?: EtcdPorts;
  /** Default: loopback. */
  place?: Place;
}

export interface EtcdPorts {
  client: number;
  peer: number;
}

export class EtcdServer {
  readonly ports: EtcdPorts;
  readonly directory = mkdtempSync(join(tmpdir(), 'kelp-etcd-'));
  private readonly flags: readonly string[];
  private readonly place: Place;
  private child: ChildProcess | undefined;

  private constructor(ports: EtcdPorts, flags: readonly string[], place: Place) {
    this.ports = ports;
    this.flags = flags;
    this.place = place;
  }

  /** Started, and serving. */
  static async start(options: EtcdServerOptions = {}): Promise<EtcdServer> {
    const server = await EtcdServer.prepare(options);
    await server.start();
    return server;
  }

  static async prepare({
    flags = [],
    cluster,
    name = 'one',
    ports,
    place = loopback,
  }: EtcdServerOptions = {}): Promise<EtcdServer> {
    const own = ports ?? (await etcdPorts());
    const members = Object.entries(cluster ?? { [name]: own }).map(
      ([member, { peer }]) => `${member}=http://127.0.0.1:${peer}`,
    );
    return new EtcdServer(own, ['--name', name, '--initial-cluster', members.join(), ...flags], place);
  }

  get endpoint(): string {
    return `${this.place.address}:${this.ports.client}`;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** Again, with what it had, after a `kill`. */
  async start(): Promise<void> {
    this.spawn();
    await this.serves();
  }

  spawn(): void {
    const { client, peer } = this.ports;
    const clientUrl = `${this.flags.includes('--cert-file') ? 'https' : 'http'}://${this.endpoint}`;
    const peerUrl = `http://127.0.0.1:${peer}`;
    const words = [
      ['--data-dir', join(this.directory, 'data')],
      ['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
      ['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
      ['--listen-metrics-urls', `http://127.0.0.1:${client + 1}`],
      ['--logger', 'zap', '--log-level', 'error', '--heartbeat-interval', '50', '--election-timeout', '500'],
      this.flags,
    ].flat();
    this.child = spawn(...commandAt(this.place, etcdProgram, ...words), { stdio: 'ignore' });
  }

  async serves(): Promise<void> {
    const url = `http://127.0.0.1:${this.ports.client + 1}/health`;
    await until('etcd to serve', () => this.isHealthy(url), 20_000);
  }

  private async isHealthy(url: string): Promise<boolean> {
    if (this.place === loopback) {
      const answer = await fetch(url).catch(() => undefined);
      return (await answer?.text())?.includes('true') ?? false;
    }
    const ask = `fetch('${url}').then((answer) => answer.text()).then(console.log, () => {})`;
    const { stdout } = await run(...commandAt(this.place, process.execPath, '-e', ask));
    return stdout.includes('true');
  }

  /** kill -9, or another signal. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** Stands still as one that is out of reach: takes connections, answers nothing. */
  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** Ends it, and removes what it left. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Three in a row: clients, metrics, peers. */
export async function etcdPorts(): Promise<EtcdPorts> {
  const first = await freePorts(3);
  return { client: first, peer: first + 2 };
}
