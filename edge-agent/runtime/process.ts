// Runs containers as supervised processes of the board (RuntimeClass `process`, image `host`). Each lives in a session
// of its own behind a small shim, and outlives the agent. Where the agent may mount, each also has its own mounts.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Clock, Logger } from '../../shared/base/index.ts';
import { defaultLogLimits, type LogLimits } from './log-rotation.ts';
import { attachTo } from './process/attached.ts';
import { Confinement } from './process/confinement.ts';
import { ContainerFolder, type ContainerMeta } from './process/container-folder.ts';
import { execInContainer } from './process/exec-in-container.ts';
import { ExecSessions } from './process/exec-sessions.ts';
import { checkCommand, defaultPath, findTool } from './process/find-command.ts';
import {
  boardPath,
  type Mount,
  makeMountPoints,
  outerFirst,
  pointsOf,
  removeCreated,
  splitByNeed,
} from './process/mount-points.ts';
import { ProcessContainer } from './process/process-container.ts';
import { usageOf } from './process/process-usage.ts';
import type { Launch, Tools } from './process/shim.ts';
import { environmentOf, userOf } from './process/surroundings.ts';
import { inTerminal } from './process/terminal.ts';
import {
  type AttachedContainer,
  type ContainerSpec,
  type ContainerUsage,
  type ExecResult,
  type ExecStreamRequest,
  type Feature,
  type ImageRequest,
  type PreparedImage,
  type RunningExec,
  type Runtime,
  type RuntimeContainer,
  RuntimeFailure,
  type RuntimeImage,
} from './runtime.ts';

/** The only image of this runtime: the board's own file system. */
export const hostImage = 'host';

interface Options {
  /** Belongs to this runtime alone; made with mode 0700. */
  directory: string;
  clock: Clock;
  log: Logger;
  logLimits?: LogLimits;
  version?: string;
}

export class ProcessRuntime implements Runtime {
  readonly name = 'process';
  private readonly options: Options;
  private readonly containers = new Map<string, ProcessContainer>();
  private readonly listeners: ((container: RuntimeContainer) => void)[] = [];
  private tools: Tools = {};
  private readonly execs: ExecSessions;
  private confinement: Confinement | undefined;
  private mayMount = false;
  private started = false;

  constructor(options: Options) {
    this.options = options;
    this.execs = new ExecSessions(options);
  }

  version(): string {
    return `process://${this.options.version ?? '0.1.0'}`;
  }

  async start(): Promise<void> {
    await mkdir(this.containersPath, { recursive: true, mode: 0o700 });
    for (const name of ['mount', 'unshare', 'nsenter', 'setpriv', 'fallocate'] as const) {
      const path = findTool(name);
      if (path) this.tools[name] = path;
    }
    this.mayMount = await this.tryMounting();
    this.confinement = new Confinement(this.options.directory);
    this.shortcomings = new Map(this.confinement.shortcomings);
    if (!this.mayMount) this.shortcomings.set('mounts', 'only an agent that runs as root may mount');
    for (const id of await readdir(this.containersPath)) await this.adopt(id);
    await this.endStrangers(this.confinement);
    this.started = true;
  }

  async stop(): Promise<void> {
    this.started = false;
    await this.execs.stop();
    await Promise.all([...this.containers.values()].map((container) => container.release()));
    this.containers.clear();
  }

  async list(): Promise<RuntimeContainer[]> {
    return [...this.containers.values()].map((container) => container.describe());
  }

  async usage(): Promise<ContainerUsage[]> {
    const running = [...this.containers.values()].filter((container) => container.running);
    return usageOf(running.map(({ meta, shim, cgroup }) => ({ id: meta.id, shim, cgroup })));
  }

  /** Nothing is fetched. */
  readonly imageFolder = undefined;

  shortcomings = new Map<Feature, string>();

  async preparePod(): Promise<{ ips: string[] }> {
    return { ips: [] };
  }

  async images(): Promise<RuntimeImage[]> {
    return [];
  }

  async removeImage(): Promise<void> {}

  async ensureImage({ image }: Pick<ImageRequest, 'image'>): Promise<PreparedImage> {
    if (image === hostImage) return { imageId: hostImage };
    const remedy = `use image: ${hostImage}, or a runtimeClassName that runs images`;
    throw new RuntimeFailure(
      'ErrImagePull',
      `the process runtime runs commands of the board (image: ${hostImage}) and pulls no images: ${remedy}`,
    );
  }

  async startContainer(spec: ContainerSpec, specHash: string): Promise<RuntimeContainer> {
    const command = [...spec.command, ...spec.args];
    const [program] = command;
    if (program === undefined) {
      throw new RuntimeFailure(
        'CreateContainerError',
        `no command specified: image ${hostImage} has none of its own`,
      );
    }
    const meta = this.describe(spec, specHash);
    const folder = new ContainerFolder(join(this.containersPath, meta.id));
    await mkdir(folder.path, { mode: 0o700 });
    const mounts = outerFirst(spec.mounts);
    // Said before anything is made, so that what others leave behind is kept for this one.
    meta.mountPoints = pointsOf(mounts, spec.terminationMessagePath);
    const container = this.remember(meta, folder);
    try {
      makeMountPoints(mounts, this.mayMount ? 'bind' : 'link', meta.createdPaths);
      await this.addLastWords(mounts, spec, container);
      await folder.create(meta);
      this.confinement?.confine(meta, spec.resources ?? {});
      await this.launch(container, command, spec, mounts);
    } catch (error) {
      await this.startFailed(container, error);
      throw error;
    }
    return container.describe();
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    await this.containers.get(id)?.stop(graceSeconds);
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.containers.get(id);
    if (!container) return;
    if (container.running) throw new Error(`container ${id} is running: stop it before it is removed`);
    await this.forget(container);
  }

  async removePod(podUid: string): Promise<void> {
    const ofPod = [...this.containers.values()].filter((container) => container.meta.podUid === podUid);
    await Promise.all(ofPod.map((container) => container.stop(0)));
    for (const container of ofPod) await this.forget(container);
  }

  async exec(id: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult> {
    const container = this.containers.get(id);
    const main = container?.main;
    if (!container?.running || !main) {
      throw new RuntimeFailure('ExecError', 'failed to exec in container: container is not running');
    }
    const { clock } = this.options;
    const { meta, cgroup } = container;
    return execInContainer({ meta, main, cgroup, tools: this.tools, clock, command, timeoutSeconds });
  }

  async execStream(id: string, request: ExecStreamRequest): Promise<RunningExec> {
    const container = this.containers.get(id);
    const main = container?.main;
    if (!container?.running || !main) {
      throw new RuntimeFailure('ExecError', 'failed to exec in container: container is not running');
    }
    const { meta, folder, cgroup } = container;
    return this.execs.start({ meta, folder, main, cgroup, tools: this.tools }, request);
  }

  async attachStream(id: string): Promise<AttachedContainer> {
    const container = this.containers.get(id);
    if (!container?.running) {
      throw new RuntimeFailure('AttachError', 'failed to attach to container: container is not running');
    }
    return attachTo(container);
  }

  onExit(listener: (container: RuntimeContainer) => void): void {
    this.listeners.push(listener);
  }

  private get containersPath(): string {
    return join(this.options.directory, 'containers');
  }

  private describe(spec: ContainerSpec, specHash: string): ContainerMeta {
    const { podUid, podNamespace, podName, name, attempt, image, logPath } = spec;
    const user = userOf(spec, this.tools);
    const id = randomBytes(32).toString('hex');
    const cgroup = this.confinement?.nameFor({ podUid, name, id });
    return {
      ...{ id, podUid, podNamespace, podName, name, attempt, image, specHash, logPath },
      ...(cgroup !== undefined && { cgroup }),
      createdAt: this.options.clock.now(),
      workingDir: spec.workingDir || '/',
      ...(user && { user }),
      ...(spec.stdin && { stdin: true, ...(spec.stdinOnce && { stdinOnce: true }) }),
      ...(spec.tty && { tty: true }),
      ownMounts: this.mayMount,
      mountPoints: [],
      createdPaths: [],
    };
  }

  /** A place for last words, where the board lets us make one: without it they are lost, but nothing else is. */
  private async addLastWords(
    mounts: Mount[],
    spec: ContainerSpec,
    { meta, folder }: ProcessContainer,
  ): Promise<void> {
    const containerPath = spec.terminationMessagePath;
    if (!containerPath || !this.mayMount) return;
    await writeFile(folder.terminationLogPath, '');
    await chmod(folder.terminationLogPath, 0o666);
    const mount: Mount = { hostPath: folder.terminationLogPath, containerPath, readOnly: false };
    try {
      makeMountPoints([...mounts, mount], 'bind', meta.createdPaths);
      mounts.push(mount);
    } catch (error) {
      this.options.log.warn({ err: error, containerPath }, 'making a place for the last words of containers');
    }
  }

  private async launch(
    container: ProcessContainer,
    command: string[],
    spec: ContainerSpec,
    mounts: Mount[],
  ): Promise<void> {
    const { meta } = container;
    const env = environmentOf(spec, meta);
    const { workingDir } = meta;
    const toBoardPath = (path: string) => boardPath(path, this.mayMount ? mounts : []);
    checkCommand(command[0] ?? '', { path: env.PATH ?? defaultPath, workingDir, toBoardPath });
    const run = spec.tty ? inTerminal(findTool('script'), command, env) : { command, env };
    const request: Launch = {
      ...{ command: run.command, env: run.env, workingDir, oomScoreAdj: spec.oomScoreAdj },
      doors: container.cgroup?.doors ?? [],
      ...(spec.stdin && { stdin: true }),
      ...(spec.tty && { tty: true }),
      oddEnv: Object.keys(env).filter((name) => !/^[A-Za-z_]\w*$/.test(name)),
      ...(this.mayMount && {
        mounts: mounts.map(({ hostPath, containerPath, readOnly }) => ({
          source: hostPath,
          target: containerPath,
          readOnly,
        })),
      }),
      ...(meta.user && { user: meta.user }),
    };
    await container.launch(request);
  }

  /** A command that cannot be started leaves an exited container behind (StartError); any other failure leaves nothing. */
  private async startFailed(container: ProcessContainer, error: unknown): Promise<void> {
    if (error instanceof RuntimeFailure && error.reason === 'RunContainerError') {
      container.meta.startError = error.message;
      container.becomeNotStarted(error.message);
      await container.folder.writeMeta(container.meta);
      return;
    }
    await container.stop(0);
    await this.forget(container);
  }

  private remember(meta: ContainerMeta, folder: ContainerFolder): ProcessContainer {
    const { clock, log, logLimits = defaultLogLimits } = this.options;
    const container = new ProcessContainer({
      ...{ meta, folder, clock, log, tools: this.tools, limits: logLimits },
      cgroup: this.confinement?.groupOf(meta),
      free: (path, length) => this.free(path, length),
      onExit: (exited) => {
        if (this.started) for (const listener of this.listeners) listener(exited.describe());
      },
    });
    this.containers.set(meta.id, container);
    return container;
  }

  private async adopt(id: string): Promise<void> {
    const folder = new ContainerFolder(join(this.containersPath, id));
    const meta = await folder.readMeta();
    if (!meta) return folder.remove();
    await this.execs.endLost(folder);
    await this.remember(meta, folder).adopt();
  }

  private async forget(container: ProcessContainer): Promise<void> {
    this.containers.delete(container.meta.id);
    const others = [...this.containers.values()].map((other) => other.meta);
    const { free, needed } = splitByNeed(container.meta.createdPaths, others);
    removeCreated(free);
    for (const [heir, paths] of needed) {
      heir.createdPaths = [...paths, ...heir.createdPaths];
      await this.containers.get(heir.id)?.folder.writeMeta(heir);
    }
    await container.release();
    container.cgroup?.remove();
    await container.folder.remove();
    this.confinement?.tidy();
  }

  /** Control groups of containers that were never written down. */
  private async endStrangers(confinement: Confinement): Promise<void> {
    const known = [...this.containers.values()].map(({ meta }) => meta);
    for (const cgroup of confinement.strangers(known)) {
      await cgroup.kill(this.options.clock);
      cgroup.remove();
    }
    confinement.tidy();
  }

  /** True when bind mounts in a mount namespace of one's own work here; leaves nothing mounted. */
  private async tryMounting(): Promise<boolean> {
    const { unshare, mount, nsenter } = this.tools;
    if (userInfo().uid !== 0 || !unshare || !mount || !nsenter) return false;
    const path = this.containersPath;
    return (
      (await this.run([unshare, '--mount', '--propagation', 'slave', mount, '--bind', path, path])) === 0
    );
  }

  private async free(path: string, length: number): Promise<void> {
    const { fallocate } = this.tools;
    if (
      fallocate &&
      (await this.run([fallocate, '--punch-hole', '--offset', '0', '--length', String(length), path])) === 0
    )
      return;
    // Cutting it instead could lose a line that is written in that moment.
    this.options.log.debug(
      { path },
      'this file system cannot punch holes: the spool keeps its size until the end',
    );
  }

  private run([program = '', ...args]: string[]): Promise<number> {
    return new Promise((resolve) => {
      const child = spawn(program, args, { stdio: 'ignore', cwd: '/' });
      child.on('error', () => resolve(-1));
      child.on('exit', (code) => resolve(code ?? -1));
    });
  }
}
