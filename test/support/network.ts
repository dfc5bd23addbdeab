// Machines of a test: network namespaces on a bridge of their own, which nothing else reaches. Packets between two of them
// can be dropped without a word, as when a cable is pulled. Needs root, iproute2 and nftables.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { commandAt, type Place, skipWithout } from './cluster.ts';

const programs = { ip: '/usr/sbin/ip', nft: '/usr/sbin/nft', nsenter: '/usr/bin/nsenter' };
let made = 0;

export class TestNetwork {
  private readonly tag: string;
  private readonly addresses: ReadonlyMap<string, string>;
  /** Whom each of them does not hear. */
  private readonly deaf = new Map<string, Set<string>>();

  private constructor(names: readonly string[]) {
    made += 1;
    this.tag = `kelp-test-${process.pid}-${made}`;
    this.addresses = new Map(names.map((name, at) => [name, `10.77.0.${at + 1}`]));
  }

  static skipWithout(test: Mocha.Context): void {
    const able = process.getuid?.() === 0 && Object.values(programs).every((path) => existsSync(path));
    if (!able) skipWithout(test, 'root with ip, nft and nsenter', 'iproute2 nftables util-linux');
  }

  static of(...names: readonly string[]): TestNetwork {
    const network = new TestNetwork(names);
    try {
      network.make();
      return network;
    } catch (error) {
      network.remove();
      throw error;
    }
  }

  place(name: string): Place {
    const command = [programs.nsenter, `--net=/run/netns/${this.namespace(name)}`];
    return { address: this.addressOf(name), command };
  }

  /** From now on neither hears the other. */
  cut(one: string, other: string): void {
    this.deafTo(one).add(other);
    this.deafTo(other).add(one);
    this.apply(one, other);
  }

  join(one: string, other: string): void {
    this.deafTo(one).delete(other);
    this.deafTo(other).delete(one);
    this.apply(one, other);
  }

  remove(): void {
    for (const name of [...this.addresses.keys(), 'bridge']) {
      const namespace = this.namespace(name);
      if (existsSync(`/run/netns/${namespace}`)) ip('netns', 'del', namespace);
    }
  }

  private make(): void {
    const bridge = this.namespace('bridge');
    ip('netns', 'add', bridge);
    ip('-n', bridge, 'link', 'add', 'br0', 'type', 'bridge');
    ip('-n', bridge, 'link', 'set', 'br0', 'up');
    for (const [name, address] of this.addresses) {
      const [namespace, port] = [this.namespace(name), `to-${name}`];
      ip('netns', 'add', namespace);
      ip('-n', bridge, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
      ip('-n', bridge, 'link', 'set', port, 'master', 'br0', 'up');
      ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'eth0');
      for (const device of ['lo', 'eth0']) ip('-n', namespace, 'link', 'set', device, 'up');
    }
  }

  private apply(...names: readonly string[]): void {
    for (const name of names) {
      const drops = [...this.deafTo(name)].map((other) => `ip saddr ${this.addressOf(other)} drop`);
      const chain = ['type filter hook input priority 0;', ...drops].join('\n');
      const table = `table ip cut {}\ndelete table ip cut\ntable ip cut {\nchain input {\n${chain}\n}\n}\n`;
      execFileSync(...commandAt(this.place(name), programs.nft, '-f', '-'), { input: table });
    }
  }

  private deafTo(name: string): Set<string> {
    const known = this.deaf.get(name) ?? new Set();
    this.deaf.set(name, known);
    return known;
  }

  private addressOf(name: string): string {
    const address = this.addresses.get(name);
    if (!address) throw new Error(`no machine ${name}`);
    return address;
  }

  private namespace(name: string): string {
    return `${this.tag}-${name}`;
  }
}

function ip(...words: string[]): void {
  execFileSync(programs.ip, words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
