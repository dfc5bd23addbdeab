// Network namespaces of pods: each has an address of its own on a bridge of this agent. Addresses are kept over restarts of the
// agent and of the board; everything is found again after a kill, and gone soon after the last pod.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Clock,
  type Logger,
  readIfThere,
  type Timer,
  writeFileDurably,
} from '../../../shared/base/index.ts';
import {
  chooseSubnet,
  formatSubnet,
  overlap,
  parseSubnet,
  type Subnet,
} from '../../../shared/machinery/index.ts';
import type { PortMapping } from '../runtime.ts';
import { sysctlPath } from '../sysctl-name.ts';
import { chooseAddress, type Route, routesOf } from './plan-addresses.ts';
import {
  type BoardNames,
  boardNames,
  bridgeCommands,
  namespaceCommands,
  networkScript,
  nftRules,
  podCommands,
} from './plan-network.ts';

export interface NetworkTools {
  ip: string;
  nft: string;
  nsenter: string;
}

/** What the agent's pods have their addresses of. */
export interface PodRange {
  cidr: string;
  /** Other boards, and other agents of this one, have addresses of it too: a free part of it is taken. */
  shared: boolean;
}

interface Options {
  /** Of the runtime; its path makes the names of bridge and rules. */
  directory: string;
  tools: NetworkTools;
  clock: Pick<Clock, 'after'>;
  log: Logger;
  /** Milliseconds for which the bridge waits for another pod: it takes ten times as long to make as a pod's own network. */
  bridgeIdleMs: number;
}

/** Somebody else on this board has the addresses: no network of ours may be made. */
export class RangeTaken extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RangeTaken';
  }
}

interface PodNetwork {
  address: string;
  ports: PortMapping[];
}

interface State {
  subnet: Subnet;
  last?: string;
  pods: Record<string, PodNetwork>;
}

const namespaces = '/run/netns';
const trialUid = 'trial';
/** Of a shared range. */
const bitsOfBoard = 24;

export class PodNetworks {
  private readonly options: Options;
  private readonly names: BoardNames;
  private readonly tag: string;
  private state: State | undefined;
  private work: Promise<unknown> = Promise.resolve();
  private resting: Timer | undefined;

  constructor(options: Options) {
    this.options = options;
    this.tag = createHash('sha256').update(options.directory).digest('hex').slice(0, 8);
    this.names = boardNames(this.tag);
  }

  /** Finds again what pods have that have containers (`known`), and removes what others left. */
  async open(known: ReadonlySet<string>): Promise<void> {
    const text = await readIfThere(this.statePath);
    const kept: State | undefined = text === undefined ? undefined : JSON.parse(text);
    const pods = Object.entries(kept?.pods ?? {}).filter(([uid]) => known.has(uid));
    if (kept && pods.length > 0) this.state = { ...kept, pods: Object.fromEntries(pods) };
    for (const uid of this.ownNamespaces()) if (!known.has(uid)) await this.removeNamespace(uid);
    await this.removeBridgeIfIdle();
  }

  /**
   * From now on pods get addresses of this range, or of the one that some have already. Makes a pod's network once to see
   * whether this board can. Throws saying why it cannot (RangeTaken: others have its addresses).
   */
  async start(range: PodRange): Promise<void> {
    this.state ??= { subnet: this.newSubnet(range), pods: {} };
    try {
      await this.attach(trialUid, [], []);
    } finally {
      await this.detach(trialUid);
    }
  }

  /** Idempotent. Answers its address. Throws when the board refuses. */
  attach(
    uid: string,
    ports: readonly PortMapping[],
    sysctls: readonly { name: string; value: string }[],
  ): Promise<string> {
    return this.inTurn(async () => {
      const state = this.known;
      const pod = state.pods[uid] ?? (await this.allocate(uid, ports));
      if (existsSync(this.namespacePath(uid)) && hasDevice(this.device(uid))) return pod.address;
      const isFirst = !hasDevice(this.names.bridge);
      if (isFirst) this.refuseTaken(state.subnet);
      const name = this.namespace(uid);
      const { ip, nft, nsenter } = this.options.tools;
      await this.removeNamespace(uid);
      const script = networkScript({
        board: [
          ...(isFirst ? bridgeCommands(this.names, state.subnet) : []),
          ...namespaceCommands(this.names, this.device(uid), name),
        ],
        namespace: name,
        pod: podCommands(state.subnet, pod.address),
        rules: isFirst || pod.ports.length > 0 ? this.rules() : undefined,
      });
      // One program to start for all: each costs the agent more than the work itself.
      await run(['/bin/sh', '-e', '-s', '--', ip, nft], [script], 'making the network of a pod');
      if (isFirst) this.openBridge();
      for (const { name: key, value } of sysctls) {
        const write = ['/bin/sh', '-c', 'echo "$1" >"$2"', 'kelp-sysctl', value, sysctlPath(key)];
        await run([nsenter, `--net=${this.namespacePath(uid)}`, '--', ...write]);
      }
      return pod.address;
    });
  }

  /** Gives its address back. Idempotent. */
  detach(uid: string): Promise<void> {
    return this.inTurn(async () => {
      const { state } = this;
      const pod = state?.pods[uid];
      await this.removeNamespace(uid);
      if (!state || !pod) return;
      delete state.pods[uid];
      await this.save();
      if (pod.ports.length > 0) await this.writeRules();
      await this.letBridgeRest();
    });
  }

  /** Takes down what nothing runs in; addresses stay given. */
  rest(running: ReadonlySet<string>): Promise<void> {
    return this.inTurn(async () => {
      for (const uid of Object.keys(this.state?.pods ?? {}))
        if (!running.has(uid)) await this.removeNamespace(uid);
      await this.removeBridgeIfIdle();
    });
  }

  /** Where a pod's network is; undefined: it has none of its own. */
  pathOf(uid: string): string | undefined {
    return this.state?.pods[uid] && this.namespacePath(uid);
  }

  private get known(): State {
    if (!this.state) throw new Error('the network of pods has not been started');
    return this.state;
  }
  private get statePath(): string {
    return join(this.options.directory, 'network.json');
  }
  private namespace(uid: string): string {
    return `kelp-${this.tag}-${uid}`;
  }
  private namespacePath(uid: string): string {
    return join(namespaces, this.namespace(uid));
  }

  /** The kernel allows 15 characters. */
  private device(uid: string): string {
    return `kv${createHash('sha256').update(`${this.tag} ${uid}`).digest('hex').slice(0, 12)}`;
  }

  private newSubnet({ cidr, shared }: PodRange): Subnet {
    const range = parseSubnet(cidr);
    if (!range) throw new Error(`${cidr} is no range of IPv4 addresses`);
    if (!shared) {
      this.refuseTaken(range);
      return range;
    }
    const bits = Math.max(range.bits, bitsOfBoard);
    const subnet = chooseSubnet(range, bits, this.routes(), Number.parseInt(this.tag, 16));
    if (subnet) return subnet;
    throw new RangeTaken(`all of ${cidr} is in use on this board: give another range`);
  }

  /** Where somebody else came first, also while no pod of ours was here. */
  private refuseTaken(subnet: Subnet): void {
    const taken = this.routes().find((other) => overlap(other, subnet));
    if (!taken) return;
    const here = `the device ${taken.device} of this board has ${formatSubnet(taken)}`;
    throw new RangeTaken(`${formatSubnet(subnet)} cannot be had: ${here}`);
  }

  private routes(): Route[] {
    return routesOf(readFileSync('/proc/net/route', 'utf8'), this.names.bridge);
  }

  private async allocate(uid: string, ports: readonly PortMapping[]): Promise<PodNetwork> {
    const state = this.known;
    const used = Object.values(state.pods).map(({ address }) => address);
    const address = chooseAddress(state.subnet, used, state.last);
    if (address === undefined) throw new Error('no address is left for the pod');
    const pod = { address, ports: [...ports] };
    state.pods[uid] = pod;
    if (uid === trialUid) return pod;
    state.last = address;
    await this.save();
    return pod;
  }

  private async save(): Promise<void> {
    await writeFileDurably(this.statePath, JSON.stringify(this.known), 0o600);
  }

  private openBridge(): void {
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
    // So that 127.0.0.1:hostPort leads to the pod too.
    writeFileSync(`/proc/sys/net/ipv4/conf/${this.names.bridge}/route_localnet`, '1');
  }

  private async writeRules(): Promise<void> {
    await run([this.options.tools.nft, '-f', '-'], [this.rules()]);
  }

  private rules(): string {
    const { subnet, pods } = this.known;
    return nftRules(this.names, subnet, Object.values(pods));
  }

  private async removeNamespace(uid: string): Promise<void> {
    const device = this.device(uid);
    const commands = [
      ...(hasDevice(device) ? [`link delete ${device}`] : []),
      ...(existsSync(this.namespacePath(uid)) ? [`netns delete ${this.namespace(uid)}`] : []),
    ];
    if (commands.length > 0) await run([this.options.tools.ip, '-batch', '-'], commands);
  }

  private async letBridgeRest(): Promise<void> {
    const { bridgeIdleMs, clock, log } = this.options;
    this.resting?.cancel();
    if (bridgeIdleMs === 0) return this.removeBridgeIfIdle();
    this.resting = clock.after(bridgeIdleMs, () => {
      this.inTurn(() => this.removeBridgeIfIdle()).catch((err: unknown) =>
        log.warn({ err }, 'the bridge of pods that are gone could not be removed'),
      );
    });
  }

  private async removeBridgeIfIdle(): Promise<void> {
    this.resting?.cancel();
    const { bridge, table } = this.names;
    if (this.ownNamespaces().length > 0 || !hasDevice(bridge)) return;
    await run([this.options.tools.ip, 'link', 'delete', bridge]);
    await run([this.options.tools.nft, 'delete', 'table', 'ip', table]);
  }

  /** Uids of pods that have a namespace of this agent. */
  private ownNamespaces(): string[] {
    if (!existsSync(namespaces)) return [];
    const prefix = this.namespace('');
    return readdirSync(namespaces)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
  }

  /** The board's devices and rules are changed by one at a time. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.work.then(work);
    this.work = turn.catch(() => {});
    return turn;
  }
}

/** In the network that the agent itself is in, which /sys need not show. */
function hasDevice(name: string): boolean {
  return readFileSync('/proc/net/dev', 'utf8').includes(`${name}:`);
}

/** `input`: lines. Throws what the program said. */
function run(
  [program = '', ...args]: string[],
  input: readonly string[] = [],
  what = [program, ...args].join(' '),
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: '/', stdio: ['pipe', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(0, 1000);
    });
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${what}: ${said.trim()}`))));
    child.stdin.on('error', () => {}); // It ended before it read all: its exit code says so.
    child.stdin.end(input.map((line) => `${line}\n`).join(''));
  });
}
