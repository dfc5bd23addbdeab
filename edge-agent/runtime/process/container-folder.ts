// A container's state folder: what was asked for, which processes it became, how it ended. Survives the agent.
//
//   meta.json         written before anything is made for it on the board
//   processes         by the shim: boot id, its own stat line, the main process's stat line
//   exit              by the shim: the exit code and a newline
//   oom-killed        the kernel ended it, or something of it, for want of memory
//   spool             what the container wrote to stdout and stderr
//   termination-log   its last words
//   stdin             a FIFO, where it can be told something; stdin-holder: the pid of who keeps it open
//   root              where its own root file system is mounted; upper, work: what it wrote into its image's files
//   terminal          the name of its terminal, where it has one

import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerIdentity } from '../runtime.ts';
import { type ProcessId, parseStat } from './process-table.ts';
import type { Rights } from './rights.ts';

export interface ContainerMeta extends ContainerIdentity {
  id: string;
  image: string;
  specHash: string;
  createdAt: number;
  logPath: string;
  workingDir: string;
  rights: Rights;
  /** The image in the runtime's store that it needs; absent: the board itself. */
  storedImage?: string;
  imageId: string;
  /** Its own root file system, as its mount namespace has it. */
  root?: string;
  /** The container has a mount namespace and a host name of its own. */
  ownMounts: boolean;
  /** Overlays can be mounted. */
  overlay: boolean;
  /** Default: TERM. */
  stopSignal?: NodeJS.Signals;
  /** Where something is mounted or linked, as the container sees it. */
  mountPoints: string[];
  /** Files, folders and links that were made on the board for that, outermost first: to be removed again. */
  createdPaths: { path: string; kind: 'folder' | 'file' | 'link' }[];
  /** Why it could not be started at all; it then counts as exited with code 128. */
  startError?: string;
  /** Its stdin is the FIFO. */
  stdin?: boolean;
  stdinOnce?: boolean;
  tty?: boolean;
  /** The path of its pod's network namespace; absent: the board's. */
  network?: string;
  /** The name of its control group. */
  cgroup?: string;
}

export interface Processes {
  bootId: string;
  shim: ProcessId;
  main: ProcessId | undefined;
  /** Milliseconds since the epoch. */
  startedAt: number;
}

export interface Exit {
  exitCode: number;
  finishedAt: number;
  /** Only when the true exit code is not known: why. */
  lost?: string;
}

/** What an agent of an earlier version wrote lacks some. */
function upToDate(meta: ContainerMeta & { user?: { uid: number; gid: number } }): ContainerMeta {
  const rights = meta.user ? { user: { ...meta.user, groups: [] } } : {};
  return {
    ...meta,
    rights: meta.rights ?? rights,
    overlay: meta.overlay ?? false,
    imageId: meta.imageId ?? meta.image,
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

export class ContainerFolder {
  readonly path: string;
  private writing: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
  }

  get spoolPath(): string {
    return join(this.path, 'spool');
  }
  get exitPath(): string {
    return join(this.path, 'exit');
  }
  get processesPath(): string {
    return join(this.path, 'processes');
  }
  get terminationLogPath(): string {
    return join(this.path, 'termination-log');
  }
  get upperPath(): string {
    return join(this.path, 'upper');
  }
  get stdinPath(): string {
    return join(this.path, 'stdin');
  }
  get stdinHolderPath(): string {
    return join(this.path, 'stdin-holder');
  }
  get terminalPath(): string {
    return join(this.path, 'terminal');
  }
  get oomNotePath(): string {
    return join(this.path, 'oom-killed');
  }
  get logPositionPath(): string {
    return join(this.path, 'log-position');
  }

  /** Whoever asks later writes later, what the meta says then. */
  writeMeta(meta: ContainerMeta): Promise<void> {
    const written = this.writing.then(() => this.replaceMeta(meta));
    this.writing = written.catch(() => undefined);
    return written;
  }

  /** As a whole, so that a power cut leaves the old or the new. */
  private async replaceMeta(meta: ContainerMeta): Promise<void> {
    const path = join(this.path, 'meta.json');
    await writeFile(`${path}.new`, JSON.stringify(meta), { mode: 0o600, flush: true });
    await rename(`${path}.new`, path);
  }

  /** Undefined when the agent died before it was written. */
  async readMeta(): Promise<ContainerMeta | undefined> {
    const text = await readIfThere(join(this.path, 'meta.json'));
    return text === undefined ? undefined : upToDate(JSON.parse(text));
  }

  /** Undefined when no process was ever started. */
  async readProcesses(): Promise<Processes | undefined> {
    const [boot, shimLine, mainLine] = ((await readIfThere(this.processesPath)) ?? '').split('\n');
    const shim = shimLine ? parseStat(shimLine) : undefined;
    if (!boot || !shim) return undefined;
    const { mtimeMs } = await stat(this.processesPath);
    return { bootId: boot, shim, main: mainLine ? parseStat(mainLine) : undefined, startedAt: mtimeMs };
  }

  /** Undefined as long as the shim has not said how it ended. */
  async readExit(): Promise<Exit | undefined> {
    const text = await readIfThere(this.exitPath);
    if (!text?.endsWith('\n')) return undefined;
    const [code = '', ...lost] = text.trim().split(' ');
    const finishedAt = (await stat(this.exitPath)).mtimeMs;
    return { exitCode: Number(code), finishedAt, ...(lost.length > 0 && { lost: lost.join(' ') }) };
  }

  async noteOomKill(): Promise<void> {
    await writeFile(this.oomNotePath, '', { mode: 0o600 });
  }

  async wasOomKilled(): Promise<boolean> {
    return (await readIfThere(this.oomNotePath)) !== undefined;
  }

  /** For a container whose shim could not say it: code 255, as containerd answers for a lost task. */
  async writeLostExit(why: string): Promise<void> {
    await writeFile(this.exitPath, `255 ${why}\n`, { mode: 0o600 });
  }

  /** At most 4096 bytes from the end, as the kubelet cuts them. */
  async readTerminationMessage(): Promise<string | undefined> {
    let file: FileHandle;
    try {
      file = await open(this.terminationLogPath);
    } catch {
      return undefined; // Without a place for last words there are none.
    }
    try {
      const length = Math.min(4096, (await file.stat()).size);
      const position = (await file.stat()).size - length;
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, position);
      return length > 0 ? buffer.toString() : undefined;
    } finally {
      await file.close();
    }
  }

  async remove(): Promise<void> {
    await this.writing;
    await rm(this.path, { recursive: true, force: true });
  }
}
