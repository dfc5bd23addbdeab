// Images for boards without a registry: archives (docker's or OCI's, compressed or not) in a folder are loaded when the
// agent starts and when they come; each once, as long as it does not change.

import { createReadStream, type FSWatcher, watch } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type Logger, readIfThere, writeFileDurably } from '../../../shared/base/index.ts';
import { isRecord } from '../../../shared/machinery/index.ts';
import { field, idOf } from './answers.ts';
import { type PodmanApi, PodmanError } from './podman-api.ts';

interface Options {
  api: PodmanApi;
  folder: string;
  /** Remembers what was loaded: file name → size and time. */
  notesPath: string;
  clock: Clock;
  log: Logger;
  /** An image came here by us. */
  loaded(id: string): Promise<void>;
}

const archive = /\.(tar|tgz|tar\.(gz|zst|xz|bz2))$/;
/** A file that has not grown for so long is there as a whole. */
const stillMs = 500;

export class ImageArchives {
  private readonly options: Options;
  private watcher: FSWatcher | undefined;
  private work: Promise<void> = Promise.resolve();
  private queued = false;
  private stopped = false;
  private notes: Record<string, string> = {};

  constructor(options: Options) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { folder, notesPath, log } = this.options;
    await mkdir(folder, { recursive: true, mode: 0o755 });
    this.notes = notesIn(await readIfThere(notesPath));
    this.watcher = watch(folder, { persistent: false }, () => this.queue());
    this.watcher.on('error', (error) => log.error({ err: error, folder }, 'watching for archives of images'));
    this.queue();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.watcher?.close();
    await this.work;
  }

  /** All that is there now is loaded. */
  settled(): Promise<void> {
    return this.work;
  }

  private queue(): void {
    if (this.queued || this.stopped) return;
    this.queued = true;
    this.work = this.work
      .then(() => {
        this.queued = false;
        return this.loadAll();
      })
      .catch((error) => this.options.log.error({ err: error }, 'loading archives of images'));
  }

  private async loadAll(): Promise<void> {
    const { folder, notesPath } = this.options;
    const names = (await readdir(folder)).filter((name) => archive.test(name)).sort();
    const before = JSON.stringify(this.notes);
    this.notes = Object.fromEntries(Object.entries(this.notes).filter(([name]) => names.includes(name)));
    for (const name of names) {
      if (this.stopped) return;
      const seen = await this.whole(join(folder, name));
      if (seen === undefined || this.notes[name] === seen) continue;
      await this.load(join(folder, name));
      this.notes[name] = seen;
    }
    const after = JSON.stringify(this.notes);
    if (after !== before) await writeFileDurably(notesPath, after);
  }

  /** Its size and time once it no longer grows; undefined: it is gone. */
  private async whole(path: string): Promise<string | undefined> {
    for (let before = await look(path); before !== undefined; ) {
      if (before === this.notes[path.slice(this.options.folder.length + 1)]) return before;
      await this.options.clock.sleep(stillMs);
      const now = await look(path);
      if (now === before) return now;
      before = now;
    }
    return undefined;
  }

  /** One that podman cannot read is not tried again until it changes. */
  private async load(path: string): Promise<void> {
    const { api, log, loaded } = this.options;
    try {
      const upload = createReadStream(path);
      const headers = { 'content-type': 'application/x-tar' };
      const answer = await api.stream(
        { method: 'POST', path: '/libpod/images/load', headers, upload },
        readJson,
      );
      const names = field(answer, 'Names');
      for (const name of Array.isArray(names) ? names : []) {
        const image = `/libpod/images/${encodeURIComponent(String(name))}/json`;
        await loaded(idOf(await api.call({ method: 'GET', path: image })).replace(/^sha256:/, ''));
      }
      log.info({ archive: path, images: names }, 'loaded images from a file');
    } catch (error) {
      if (!(error instanceof PodmanError)) throw error;
      log.error({ archive: path }, `podman cannot load this archive of images: ${error.message}`);
    }
  }
}

async function look(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && `${found.size}:${found.mtimeMs}`;
}

async function readJson(body: AsyncIterable<unknown>): Promise<unknown> {
  let text = '';
  for await (const chunk of body) text += String(chunk);
  return JSON.parse(text);
}

function notesIn(text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return {};
    return Object.fromEntries(Object.entries(value).map(([name, seen]) => [name, String(seen)]));
  } catch {
    return {}; // written by half: everything is loaded once more
  }
}
