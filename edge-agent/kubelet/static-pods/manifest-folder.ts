// Watches the folder of static pods: which pods its files hold by now. A file that cannot be used is said once, until it
// changes; the pod that it held before goes on running, as a slip of the pen is no reason to stop it.

import { createHash } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../../shared/api/index.ts';
import type { Clock, Logger, Timer } from '../../../shared/base/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { parseManifest } from './manifest-reader.ts';
import { fullName, staticPod } from './static-pod.ts';

interface Options {
  path: string;
  nodeName: string;
  clock: Clock;
  log: Logger;
  /** The pods are others than before. */
  changed(): void;
  /** A file cannot be used; said once for each content. */
  refused(file: string, why: string): void;
}

interface Held {
  contentHash: string;
  /** Of the last content that could be used. */
  pod?: Live<Pod>;
  /** The file that holds a pod of that name already; said. */
  besides?: string | undefined;
}

/** Several writes of an editor are one change. */
const settleMs = 200;
/** Where the folder cannot be watched, or was put in another's place. */
const lookMs = 20_000;
const longestManifest = 1024 * 1024;
const mostManifests = 500;

/** What begins with a dot is an editor's, or not meant yet. */
async function manifestsIn(path: string): Promise<string[]> {
  const names = await readdir(path).catch(() => []);
  return names.filter((name) => !name.startsWith('.')).sort();
}

export async function hasManifests(path: string): Promise<boolean> {
  return (await manifestsIn(path)).length > 0;
}

export class ManifestFolder {
  private readonly options: Options;
  private readonly files = new Map<string, Held>();
  private watcher: FSWatcher | undefined;
  private timer: Timer | undefined;
  private work: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(options: Options) {
    this.options = options;
  }

  /** Resolves when the folder was read once. */
  async start(): Promise<void> {
    await mkdir(this.options.path, { recursive: true, mode: 0o700 });
    await this.look();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    this.watcher?.close();
    await this.work;
  }

  /** One for each name; of two files with the same, the first in the order of their names. */
  pods(): Live<Pod>[] {
    const byName = new Map<string, Live<Pod>>();
    for (const file of [...this.files.keys()].sort()) {
      const pod = this.files.get(file)?.pod;
      if (pod && !byName.has(fullName(pod))) byName.set(fullName(pod), pod);
    }
    return [...byName.values()];
  }

  private look(): Promise<void> {
    this.work = this.work.then(() => this.read()).catch((error) => this.failed(error));
    return this.work;
  }

  private failed(error: unknown): void {
    this.options.log.error({ err: error, path: this.options.path }, 'reading the folder of static pods');
  }

  private async read(): Promise<void> {
    if (this.stopped) return;
    const { path, clock, changed } = this.options;
    const before = this.uids();
    this.watcher ??= this.watch();
    const all = await manifestsIn(path);
    const names = all.slice(0, mostManifests);
    if (all.length > mostManifests) this.failed(new Error(`only the first ${mostManifests} files are read`));
    for (const name of this.files.keys()) if (!names.includes(name)) this.files.delete(name);
    for (const name of names) await this.readFile(name);
    this.sayDoubles();
    this.timer?.cancel();
    this.timer = clock.after(lookMs, () => void this.look());
    if (this.uids() !== before) changed();
  }

  private uids(): string {
    return this.pods()
      .map(({ metadata }) => metadata.uid)
      .join();
  }

  private async readFile(name: string): Promise<void> {
    const { clock, nodeName, refused } = this.options;
    const text = await this.textOf(name);
    if (text === undefined) return;
    const contentHash = createHash('sha256').update(text).digest('hex');
    const held = this.files.get(name);
    if (held?.contentHash === contentHash) return;
    const manifest =
      text.length > longestManifest
        ? { fault: `longer than ${longestManifest} bytes` }
        : await parseManifest(text);
    if ('fault' in manifest) {
      this.files.set(name, { ...held, contentHash });
      return refused(name, manifest.fault);
    }
    const pod = staticPod(manifest.pod, { file: name, nodeName, seenAt: clock.now() });
    this.files.set(name, { contentHash, pod: held?.pod?.metadata.uid === pod.metadata.uid ? held.pod : pod });
  }

  /** Of files with one name of a pod only the first counts. */
  private sayDoubles(): void {
    const owners = new Map<string, string>();
    for (const [file, held] of [...this.files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!held.pod) continue;
      const name = fullName(held.pod);
      const owner = owners.get(name);
      if (owner === undefined) owners.set(name, file);
      else if (held.besides !== owner) this.options.refused(file, `${owner} holds the pod ${name} already`);
      held.besides = owner;
    }
  }

  /** Undefined: it is no file (any more). */
  private async textOf(name: string): Promise<string | undefined> {
    const path = join(this.options.path, name);
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) return undefined;
    return readFile(path, 'utf8').catch(() => undefined);
  }

  private watch(): FSWatcher | undefined {
    const { path, clock } = this.options;
    try {
      const watcher = watch(path, { persistent: false }, () => {
        this.timer?.cancel();
        if (!this.stopped) this.timer = clock.after(settleMs, () => void this.look());
      });
      watcher.on('error', () => this.forgetWatcher());
      return watcher;
    } catch {
      return undefined; // It is looked at now and then instead.
    }
  }

  private forgetWatcher(): void {
    this.watcher?.close();
    this.watcher = undefined;
  }
}
