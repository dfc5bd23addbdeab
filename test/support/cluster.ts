// A real cluster for a test: hub and agents as processes of their own on loopback, in a temporary folder, gone afterwards.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { signal } from './end-process.ts';
import { freePorts } from './free-ports.ts';
import { kelpHere } from './kelp-here.ts';
import { freeClusterCidr, removeControlGroups, removeMounts, removeNetwork } from './pod-networks.ts';

const here = dirname(fileURLToPath(import.meta.url));
/** The checkout. */
export const root = join(here, here.includes('/dist/') ? '../../..' : '../..');
export const kelpProgram = join(root, 'bin/kelp');

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  input?: string;
  cwd?: string;
  /** Milliseconds; then it is killed and the result's code is -1. */
  timeout?: number;
  /** Keeps stdin open for `send`. */
  stdin?: boolean;
}

/** Runs a program to its end. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...options.env },
      cwd: options.cwd ?? root,
      timeout: options.timeout ?? 60_000,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
    child.stdin.end(options.input);
  });
}

/** A program that runs until it is ended; its lines can be waited for. */
export class RunningProgram {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly errorLines: string[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly ended: Promise<number>;
  exitCode: number | undefined;

  constructor(command: string, args: readonly string[], options: RunOptions = {}) {
    this.child = spawn(command, args, {
      env: { ...process.env, ...options.env },
      cwd: options.cwd ?? root,
      stdio: [options.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.collect(this.child.stdout, this.lines);
    this.collect(this.child.stderr, this.errorLines);
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code) => {
        this.exitCode = code ?? -1;
        this.wake();
        resolve(this.exitCode);
      });
    });
    this.ended.catch(() => {});
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** The first line of stdout that matches; rejects when the program ends or the time is over before. */
  async line(pattern: RegExp, within = 60_000): Promise<string> {
    return this.waitFor(
      () => this.lines.find((line) => pattern.test(line)),
      within,
      () => `no line ${pattern} of ${this.child.spawnargs.join(' ')}`,
    );
  }

  /** Writes a line to its stdin. */
  send(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** Ends it and waits until it is gone; answers its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    if (this.exitCode === undefined) this.child.kill(signal);
    return this.ended;
  }

  /** Ends it as it is told to end; also one that stands still, or that does not listen. */
  async end(patience = 20_000): Promise<void> {
    if (this.exitCode === undefined) this.child.kill('SIGCONT');
    const killing = setTimeout(() => this.child.kill('SIGKILL'), patience);
    await this.stop().finally(() => clearTimeout(killing));
  }

  get ending(): Promise<number> {
    return this.ended;
  }

  private async waitFor<T>(look: () => T | undefined, within: number, what: () => string): Promise<T> {
    const deadline = Date.now() + within;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const left = deadline - Date.now();
      if (this.exitCode !== undefined || left <= 0) {
        throw new Error(`${what()}; it said:\n${[...this.lines, ...this.errorLines].join('\n')}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, left);
        const wake = () => done();
        const listeners = this.listeners;
        function done() {
          clearTimeout(timer);
          listeners.delete(wake);
          resolve();
        }
        listeners.add(wake);
      });
    }
  }

  private collect(stream: NodeJS.ReadableStream | null, lines: string[]): void {
    if (!stream) return;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      this.wake();
    });
  }

  private wake(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

/**
 * Calls `check` until it answers something other than undefined and does not throw; then answers that.
 * At most half of the time is spent with looking: what starts a program for it leaves a core to what is awaited.
 */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined> | T | undefined,
  within = 60_000,
): Promise<T> {
  const deadline = Date.now() + within;
  let last: unknown;
  while (Date.now() < deadline) {
    const began = performance.now();
    try {
      const found = await check();
      if (found !== undefined) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    const pause = Math.max(100, performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  throw new Error(
    `${what}: not within ${within} ms${last ? ` (${last instanceof Error ? last.message : last})` : ''}`,
  );
}

export interface HubOptions {
  args?: readonly string[];
}

/** Where a program of a test runs. */
export interface Place {
  /** By which it is reached there. */
  address: string;
  /** What comes before its own command line. */
  command: readonly string[];
}

export const loopback: Place = { address: '127.0.0.1', command: [] };

/** A command line as it is at that place: program and arguments. */
export function commandAt(place: Place, program: string, ...args: readonly string[]): [string, string[]] {
  const [first = program, ...rest] = [...place.command, program, ...args];
  return [first, rest];
}

/** One hub and whatever agents a test wants. `close` ends all of it and fails when something is left behind. */
export class TestCluster {
  readonly directory = mkdtempSync(join(tmpdir(), 'kelp-test-'));
  /** Of the hub. */
  private readonly place: Place;
  readonly agents = new Map<string, RunningProgram>();
  private readonly clusterCidr = freeClusterCidr();
  /** Container id → agent: also of containers that are gone. */
  private readonly containers = new Map<string, string>();
  private hubProgram: RunningProgram | undefined;
  private httpsPort = 0;
  private mqtt = 0;

  constructor({ place = loopback }: { place?: Place } = {}) {
    this.place = place;
  }

  get hub(): RunningProgram {
    if (!this.hubProgram) throw new Error('the hub has not been started');
    return this.hubProgram;
  }

  get hubDirectory(): string {
    return join(this.directory, 'hub');
  }

  get kubeconfig(): string {
    return join(this.hubDirectory, 'admin.kubeconfig');
  }

  get server(): string {
    return `https://${this.place.address}:${this.httpsPort}`;
  }

  get mqttPort(): number {
    return this.mqtt;
  }

  get caFile(): string {
    return join(this.hubDirectory, 'pki/ca.crt');
  }

  /** PEM. */
  get ca(): string {
    return readFileSync(this.caFile, 'utf8');
  }

  /** The administrator's bearer token. */
  get adminToken(): string {
    const config = JSON.parse(readFileSync(this.kubeconfig, 'utf8'));
    return config.users[0].user.token;
  }

  /** Starts the hub; a second start takes the ports of the first. */
  async startHub(options: HubOptions = {}): Promise<RunningProgram> {
    if (this.httpsPort === 0) {
      this.httpsPort = await freePorts(2);
      this.mqtt = this.httpsPort + 1;
    }
    const ports = ['--https-port', `${this.httpsPort}`, '--mqtt-port', `${this.mqtt}`];
    const args = [
      'hub',
      '--data-dir',
      this.hubDirectory,
      '--bind',
      this.place.address,
      '--cluster-cidr',
      this.clusterCidr,
      ...ports,
      ...(options.args ?? []),
    ];
    const hub = new RunningProgram(...commandAt(this.place, kelpProgram, ...args));
    this.hubProgram = hub;
    const ready = await hub.line(/\bready\b/);
    if (!ready.includes(`:${this.httpsPort}, MQTT port ${this.mqtt},`))
      throw new Error(`the hub's ready line reads: ${ready}`);
    return hub;
  }

  async token(): Promise<string> {
    const { code, stdout, stderr } = await this.kelp('token', 'create');
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  agentDirectory(name: string): string {
    return join(this.directory, name);
  }

  /** Starts an agent; the first time with a token of its own. Resolves when it says that it is ready. */
  async startAgent(
    name: string,
    { wait = true, args = [] as readonly string[], as = [] as readonly string[], place = this.place } = {},
  ): Promise<RunningProgram> {
    const directory = this.agentDirectory(name);
    const joined = existsSync(join(directory, 'hub.json'));
    const joining = joined ? [] : ['--token', await this.token()];
    const words = [
      'agent',
      '--hub',
      this.server,
      '--node-name',
      name,
      '--data-dir',
      directory,
      // How full the disk of the machine is that runs the tests is not what they are about.
      '--eviction-hard',
      'memory.available<10Mi',
      ...joining,
      ...args,
    ];
    // `as`: words that run a program as somebody else.
    const [program = kelpProgram, ...before] = [...as, kelpProgram];
    const agent = new RunningProgram(...commandAt(place, program, ...before, ...words));
    this.agents.set(name, agent);
    if (wait) await agent.line(/\bready\b/);
    return agent;
  }

  /** A command of kelp, as the administrator; where the hub is on loopback, without a Node to start: tests ask for hundreds. */
  kelp(...args: string[]): Promise<RunResult> {
    const env = { KUBECONFIG: this.kubeconfig };
    if (this.place === loopback) return kelpHere(args, { ...process.env, ...env });
    return run(...commandAt(this.place, kelpProgram, ...args), { env });
  }

  /** Every process of the agents' workloads: each carries its container's id in its environment. */
  workloads(name?: string): number[] {
    const names = name ? [name] : [...this.agents.keys()];
    for (const each of names) {
      for (const id of filesIn(join(this.agentDirectory(each), 'process/containers')))
        this.containers.set(id, each);
    }
    const ids = new Set([...this.containers].filter(([, each]) => names.includes(each)).map(([id]) => id));
    return processes().filter((pid) => {
      const marker = /(?:^|\0)KELP_CONTAINER_ID=([^\0]+)/.exec(reads(`/proc/${pid}/environ`))?.[1];
      return marker !== undefined && ids.has(marker);
    });
  }

  /** Of how many pods there is anything left on that board. */
  podsOf(name: string): number {
    return filesIn(join(this.agentDirectory(name), 'pods/pods')).length;
  }

  async close(): Promise<void> {
    for (const agent of this.agents.values()) await agent.stop('SIGKILL');
    await this.hubProgram?.end();
    for (const pid of this.workloads()) signal(pid, 'SIGKILL');
    for (const name of this.agents.keys()) {
      removeNetwork(this.agentDirectory(name));
      await removeControlGroups(this.agentDirectory(name));
    }
    removeMounts(this.directory);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function processes(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 1 && pid !== process.pid);
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Processes whose command line or environment has the text. */
export function processesNaming(text: string): number[] {
  return processes().filter((pid) =>
    ['cmdline', 'environ'].some((file) => reads(`/proc/${pid}/${file}`).includes(text)),
  );
}

function reads(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The name of a process's program; empty: it is gone. */
export function commandOf(pid: number): string {
  return reads(`/proc/${pid}/comm`).trim();
}

/** The kubectls that are here, by version. */
export function kubectls(): { version: string; path: string }[] {
  const found = [
    { version: '1.20', path: join(root, 'test/.tools/kubectl-1.20/usr/bin/kubectl') },
    ...['/usr/local/bin/kubectl', '/usr/bin/kubectl'].map((path) => ({ version: 'of the system', path })),
  ];
  return found.filter(({ path }) => existsSync(path));
}

/** Skips the test with a word on what it wants. */
export function skipWithout(test: Mocha.Context, what: string, debianPackage: string): never {
  console.log(`      needs ${what} (Debian package ${debianPackage})`);
  return test.skip();
}
