// One container as processes of the board: started here or found again, watched until its end, stopped without
// leaving anything behind.
//
//   created ──launch──▶ running ──main process ends──▶ ending ──all else gone, log written──▶ exited
//      └── cannot be started ──▶ exited (128, StartError)        adopt() enters at running or exited

import type { ChildProcess } from 'node:child_process';
import { type FSWatcher, watch } from 'node:fs';
import type { Clock, Logger, Timer } from '../../../shared/base/index.ts';
import type { Cgroup } from '../cgroup/index.ts';
import type { LogLimits } from '../log-rotation.ts';
import type { ContainerState, RuntimeContainer } from '../runtime.ts';
import type { ContainerFolder, ContainerMeta, Processes } from './container-folder.ts';
import { ContainerLog } from './container-log.ts';
import { bootId, environmentOf, isAlive, type ProcessId, processesOf, signal } from './process-table.ts';
import { type Launch, launch } from './shim.ts';

/** How often it is asked whether an adopted container's processes live, beside the watch on its exit file. */
const livenessMs = 10_000;
const killWaitMs = 20;
const killTries = 250;

interface Options {
  meta: ContainerMeta;
  folder: ContainerFolder;
  limits: LogLimits;
  /** Undefined: this board has none for it. */
  cgroup: Cgroup | undefined;
  clock: Clock;
  log: Logger;
  free(path: string, length: number): Promise<void>;
  onExit(container: ProcessContainer): void;
}

export class ProcessContainer {
  readonly meta: ContainerMeta;
  readonly folder: ContainerFolder;
  private readonly options: Options;
  private state: ContainerState | undefined;
  private processes: Processes | undefined;
  private spoolLog: ContainerLog | undefined;
  private watcher: FSWatcher | undefined;
  private liveness: Timer | undefined;
  private ending: Promise<void> | undefined;
  private launchedWith: Record<string, string> | undefined;
  private waiting: (() => void)[] = [];
  private readonly endListeners = new Set<() => void>();

  constructor(options: Options) {
    this.options = options;
    this.meta = options.meta;
    this.folder = options.folder;
  }

  describe(): RuntimeContainer {
    const { id, podUid, podNamespace, podName, name, attempt, specHash, createdAt } = this.meta;
    const { image, imageId } = this.meta;
    const identity = { id, podUid, podNamespace, podName, name, attempt, image, imageId, specHash };
    return { ...identity, ...(this.state ?? { state: 'running', startedAt: createdAt }) };
  }

  get main(): ProcessId | undefined {
    return this.processes?.main;
  }
  /** As it was started with. */
  get environment(): Record<string, string> {
    return this.launchedWith ?? (this.main ? environmentOf(this.main.pid) : {});
  }
  get shim(): ProcessId | undefined {
    return this.processes?.shim;
  }
  get cgroup(): Cgroup | undefined {
    return this.options.cgroup;
  }
  get running(): boolean {
    return this.state?.state === 'running';
  }

  /** Bytes of the spool that can no longer be read. */
  get spoolFreed(): number {
    return this.spoolLog?.freedTo ?? 0;
  }

  /** Calls once when the container has ended; answers how to forget that. */
  onEnd(listener: () => void): () => void {
    this.endListeners.add(listener);
    return () => this.endListeners.delete(listener);
  }

  /** Throws RuntimeFailure(RunContainerError); the container then counts as exited. */
  async launch(request: Launch): Promise<void> {
    const child = await launch(this.folder, request);
    this.launchedWith = request.env;
    this.processes = await this.folder.readProcesses();
    this.becomeRunning();
    await this.followLog();
    this.followChild(child);
  }

  /** The agent was killed before it had started: that is no end, and no restart. What may still come of it is ended. */
  async neverRan(): Promise<boolean> {
    if (this.meta.startError !== undefined) return false;
    if ((await this.folder.readProcesses()) || (await this.folder.readExit())) return false;
    await this.killProcesses(undefined);
    return true;
  }

  /** Finds its processes again, or learns how it ended while no agent ran. */
  async adopt(): Promise<void> {
    if (this.meta.startError !== undefined) return this.becomeNotStarted(this.meta.startError);
    this.processes = await this.folder.readProcesses();
    const exit = await this.folder.readExit();
    if (!exit && this.processes && this.processes.bootId === bootId()) {
      this.becomeRunning();
      await this.followLog();
      return this.watchExit();
    }
    if (!exit) await this.folder.writeLostExit('the board was restarted while the container ran');
    this.becomeRunning();
    if (this.processes) await this.followLog();
    await this.end();
  }

  becomeNotStarted(message: string): void {
    const finishedAt = this.meta.createdAt;
    this.state = { state: 'exited', startedAt: 0, finishedAt, exitCode: 128, reason: 'StartError', message };
  }

  /** The stop signal, at most `graceSeconds` of patience, then everything is killed. */
  async stop(graceSeconds: number): Promise<void> {
    if (!this.running) return;
    const { main, shim } = this.processes ?? {};
    if (main && graceSeconds > 0) {
      signal(main, this.meta.stopSignal ?? 'SIGTERM');
      await this.untilExited(graceSeconds * 1000);
    }
    if (!this.running) return;
    if (main) signal(main, 'SIGKILL');
    await this.untilExited(1000);
    if (this.running && shim) signal(shim, 'SIGKILL');
    await this.end();
  }

  /** Lets go: the container keeps running. */
  async release(): Promise<void> {
    this.watcher?.close();
    this.liveness?.cancel();
    if (this.ending) await this.ending;
    await this.spoolLog?.stop();
    this.spoolLog = undefined;
  }

  private becomeRunning(): void {
    const startedAt = this.processes?.startedAt ?? this.meta.createdAt;
    const pid = this.main?.pid;
    this.state = { state: 'running', startedAt, ...(pid !== undefined && { pid }) };
  }

  private async becomeExited(): Promise<void> {
    const exit = (await this.folder.readExit()) ?? {
      exitCode: 255,
      finishedAt: this.options.clock.now(),
      lost: '',
    };
    const message = exit.lost ?? (await this.folder.readTerminationMessage());
    const { exitCode, finishedAt } = exit;
    const own = exitCode === 0 ? 'Completed' : 'Error';
    // Also where the main process went on without what was killed, as containerd says it.
    const ended = (await this.folder.wasOomKilled()) ? 'OOMKilled' : own;
    const reason = exit.lost !== undefined ? 'Unknown' : ended;
    const startedAt = this.processes?.startedAt ?? this.meta.createdAt;
    const signalled = exitCode > 128 && exitCode < 193 ? { signal: exitCode - 128 } : {};
    this.state = {
      state: 'exited',
      startedAt,
      finishedAt,
      exitCode,
      reason,
      ...signalled,
      ...(message && { message }),
    };
  }

  private async followLog(): Promise<void> {
    const { limits, clock, log, free } = this.options;
    this.spoolLog = new ContainerLog({
      spoolPath: this.folder.spoolPath,
      positionPath: this.folder.logPositionPath,
      logPath: this.meta.logPath,
      limits,
      clock,
      free,
      failed: (error) => log.warn({ err: error, container: this.meta.id }, 'writing the log of a container'),
    });
    await this.spoolLog.start();
  }

  private followChild(child: ChildProcess): void {
    if (child.exitCode !== null || child.signalCode !== null) this.endLater();
    else child.once('exit', () => this.endLater());
  }

  private watchExit(): void {
    this.watcher = watch(this.folder.exitPath, { persistent: false }, () => this.endLater());
    this.watcher.on('error', (error) => this.options.log.warn({ err: error }, 'watching a container'));
    this.checkLiveness();
  }

  private checkLiveness(): void {
    const { shim, main } = this.processes ?? {};
    const alive = (shim && isAlive(shim)) || (main && isAlive(main));
    if (!alive) this.endLater();
    else this.liveness = this.options.clock.after(livenessMs, () => this.checkLiveness());
  }

  private endLater(): void {
    this.end().catch((error) =>
      this.options.log.error({ err: error, container: this.meta.id }, 'ending a container'),
    );
  }

  /** Once, whoever asks first. */
  private end(): Promise<void> {
    this.ending ??= this.finish().finally(() => {
      if (this.running) this.ending = undefined;
    });
    return this.ending;
  }

  private async finish(): Promise<void> {
    if (!this.running) return;
    if (!(await this.folder.readExit())) {
      if (this.main && isAlive(this.main)) return this.outlivesShim();
      await this.folder.writeLostExit('what watched over the container was killed');
    }
    await this.killAll();
    await this.leaveCgroup();
    this.watcher?.close();
    this.liveness?.cancel();
    await this.spoolLog?.drain(true);
    await this.spoolLog?.stop();
    this.spoolLog = undefined;
    await this.becomeExited();
    for (const resolve of this.waiting.splice(0)) resolve();
    for (const listener of [...this.endListeners]) listener();
    this.options.onExit(this);
  }

  /** Somebody killed the shim: the container runs on, only its exit code will be unknown. */
  private outlivesShim(): void {
    this.liveness?.cancel();
    this.liveness = this.options.clock.after(livenessMs / 10, () => this.checkLiveness());
  }

  /** What it says of the end outlives it. */
  private async leaveCgroup(): Promise<void> {
    const { cgroup } = this.options;
    if (!cgroup) return;
    if (cgroup.oomKills() > 0) await this.folder.noteOomKill();
    if (!cgroup.remove())
      this.options.log.warn({ container: this.meta.id }, 'a cgroup cannot be removed yet');
  }

  private async killAll(): Promise<void> {
    if (this.processes?.bootId !== bootId()) return;
    if (this.options.cgroup) await this.options.cgroup.kill(this.options.clock);
    await this.killProcesses(this.processes.shim);
  }

  /** Until none is left: a mount lasts as long as somebody sees it. */
  private async killProcesses(shim: ProcessId | undefined): Promise<void> {
    for (let tries = 0; tries < killTries; tries++) {
      const left = processesOf(this.meta.id, shim);
      if (left.length === 0) return;
      for (const process of left) signal(process, 'SIGKILL');
      await this.options.clock.sleep(killWaitMs);
    }
    this.options.log.error({ container: this.meta.id }, 'processes of a container do not die');
  }

  /** Also when the time is over. Keeps the process of the agent alive meanwhile. */
  private async untilExited(ms: number): Promise<void> {
    if (!this.running) return;
    const over = new AbortController();
    this.waiting.push(() => over.abort());
    await this.options.clock.sleep(ms, over.signal).catch(() => undefined);
  }
}
