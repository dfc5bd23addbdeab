// One container of podman: started here or found again, heard of at its end, stopped without leaving anything behind.
//
//   created ──podman started it──▶ running ──its exit is heard──▶ exited
//      └── cannot be started ──▶ exited (128, StartError)    adopt() enters at running or exited

import { type Clock, type Deferred, deferred, type Logger } from '../../../shared/base/index.ts';
import { Cgroup } from '../cgroup/index.ts';
import type { LogLimits } from '../log-rotation.ts';
import type { ContainerState, RuntimeContainer } from '../runtime.ts';
import { type InspectedContainer, inspectedContainer } from './answers.ts';
import { CommandFiles } from './command-files.ts';
import { conmonFacts } from './conmon-facts.ts';
import type { ContainerHome } from './container-home.ts';
import type { ContainerFacts } from './labels.ts';
import { LogKeeper } from './log-keeper.ts';
import { wasOomKilled } from './oom-kills.ts';
import { type PodmanApi, PodmanError } from './podman-api.ts';
import { lives } from './process-tree.ts';

interface Options {
  id: string;
  facts: ContainerFacts;
  home: ContainerHome;
  api: PodmanApi;
  limits: LogLimits;
  clock: Clock;
  log: Logger;
  onExit(container: PodmanContainer): void;
}

/** After its file of exit is there, podman may still call a container running for a moment. */
const settleMs = 50;
const settleTries = 100;
/** An end that nobody told of is looked for this often while somebody waits for it. */
const missedMs = 2000;
const killed = 137;

export class PodmanContainer {
  readonly id: string;
  readonly facts: ContainerFacts;
  readonly home: ContainerHome;
  readonly commandFiles: CommandFiles;
  /** Of commands at terminals podman leaves processes behind for a while. */
  hadTerminals = false;
  private readonly options: Options;
  private state: ContainerState = { state: 'running', startedAt: 0 };
  private stopSignal = '15';
  private killedByUs = false;
  private told = false;
  private upper = '';
  private conmon = 0;
  private runtime = 'runc';
  private looking: Promise<void> | undefined;
  private killAt = Number.POSITIVE_INFINITY;
  private stopping: Promise<void> | undefined;
  private sooner: Deferred<void> = deferred();
  private readonly over: Deferred<void> = deferred();
  private keeper: LogKeeper | undefined;

  constructor(options: Options) {
    this.options = options;
    this.id = options.id;
    this.facts = options.facts;
    this.home = options.home;
    this.commandFiles = new CommandFiles(options.home.path);
  }

  describe(): RuntimeContainer {
    const { podUid, podNamespace, podName, name, attempt, image, imageId, specHash } = this.facts;
    return {
      podUid,
      podNamespace,
      podName,
      name,
      attempt,
      image,
      imageId,
      specHash,
      id: this.id,
      ...this.state,
    };
  }

  get running(): boolean {
    return this.state.state === 'running';
  }

  get pid(): number | undefined {
    return this.state.state === 'running' ? this.state.pid : undefined;
  }

  /** Its own control group; undefined: it has none, as without root where none is delegated to the user. */
  get group(): Cgroup | undefined {
    return this.pid === undefined ? undefined : Cgroup.ofProcess(this.pid)?.within(this.id);
  }

  /** What it wrote into its own files; undefined: nobody knows where. */
  get writableFolder(): string | undefined {
    return this.upper || undefined;
  }

  /** Of the process that watches it and knows where its end is written. */
  get conmonPid(): number {
    return this.conmon;
  }

  /** The program that runs it. */
  get ociRuntime(): string {
    return this.runtime;
  }

  /** As podman knows it now. Answers false for one that was created and never started. */
  async adopt(): Promise<boolean> {
    const startError = await this.home.startError();
    if (startError !== undefined) {
      this.becomeNotStarted(startError);
      return true;
    }
    const inspected = await this.inspect();
    if (!inspected || inspected.startedAt === 0) return false;
    if (inspected.status === 'running' || inspected.status === 'paused') await this.becomeRunning(inspected);
    else await this.becomeExited(inspected);
    return true;
  }

  becomeNotStarted(message: string): void {
    const now = this.options.clock.now();
    this.state = {
      state: 'exited',
      startedAt: 0,
      finishedAt: now,
      exitCode: 128,
      reason: 'StartError',
      message,
    };
    this.over.resolve();
  }

  /** Something may have happened to it. `onExit` comes when it has ended. */
  look(): Promise<void> {
    this.looking ??= this.lookUntilSettled().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  /** Once, whoever notices it first: who started it, or who heard of its end. */
  tellEnd(): void {
    if (this.told) return;
    this.told = true;
    this.options.onExit(this);
  }

  /** The stop signal, at most `graceSeconds` of patience (the shortest of all callers), then it is killed. */
  stop(graceSeconds: number): Promise<void> {
    const killAt = this.options.clock.monotonic() + graceSeconds * 1000;
    if (killAt < this.killAt) {
      this.killAt = killAt;
      this.sooner.resolve();
      this.sooner = deferred();
    }
    this.stopping ??= this.end();
    return this.stopping;
  }

  async release(): Promise<void> {
    await this.keeper?.stop();
  }

  private async becomeRunning(inspected: InspectedContainer): Promise<void> {
    const { startedAt, pid, conmonPid, stopSignal } = inspected;
    const { clock, log, limits } = this.options;
    this.state = { state: 'running', startedAt, pid };
    this.upper = inspected.upperFolder;
    this.commandFiles.configPath = inspected.configPath;
    this.conmon = conmonPid;
    this.runtime = (await conmonFacts(conmonPid)).ociRuntime ?? this.runtime;
    this.stopSignal = stopSignal;
    this.keeper = new LogKeeper({ logPath: this.facts.logPath, limits, clock, log });
    this.keeper.start();
  }

  private async becomeExited(inspected: InspectedContainer): Promise<void> {
    const { startedAt, finishedAt } = inspected;
    const message = await this.home.lastWords();
    // Of a board that lost its power nobody noted how its containers ended.
    const lost = finishedAt === 0;
    this.state = {
      state: 'exited',
      startedAt,
      // podman notes the start after it happened: what ended at once has ended before.
      finishedAt: Math.max(startedAt, lost ? this.options.clock.now() : finishedAt),
      ...(lost ? { exitCode: 255, reason: 'Unknown' } : this.verdict(inspected)),
      ...(message !== undefined && { message }),
    };
    await this.keeper?.stop();
    this.over.resolve();
  }

  private verdict({ exitCode, oomKilled }: InspectedContainer): { exitCode: number; reason: string } {
    if (exitCode === 0) return { exitCode, reason: 'Completed' };
    const oom = oomKilled || (exitCode === killed && !this.killedByUs && wasOomKilled(this.id));
    return { exitCode, reason: oom ? 'OOMKilled' : 'Error' };
  }

  private async lookUntilSettled(): Promise<void> {
    if (!this.running) return;
    for (let tries = 0; tries < settleTries; tries++) {
      const inspected = await this.inspect();
      if (!inspected) return this.becomeLost();
      if (
        inspected.status !== 'running' &&
        inspected.status !== 'stopping' &&
        inspected.status !== 'paused'
      ) {
        await this.becomeExited(inspected);
        return this.tellEnd();
      }
      if (lives(inspected.pid)) return;
      await this.options.clock.sleep(settleMs);
    }
  }

  /** Somebody removed it with podman's own means. */
  private async becomeLost(): Promise<void> {
    const { startedAt } = this.state;
    const message =
      'The container could not be located when the pod was looked at: it was removed from outside';
    const finishedAt = this.options.clock.now();
    this.state = {
      state: 'exited',
      startedAt,
      finishedAt,
      exitCode: killed,
      reason: 'ContainerStatusUnknown',
      message,
    };
    await this.keeper?.stop();
    this.over.resolve();
    this.tellEnd();
  }

  private async inspect(): Promise<InspectedContainer | undefined> {
    try {
      return inspectedContainer(
        await this.options.api.call({ method: 'GET', path: `/libpod/containers/${this.id}/json` }),
      );
    } catch (error) {
      if (error instanceof PodmanError && error.status === 404) return undefined;
      throw error;
    }
  }

  private async end(): Promise<void> {
    const { clock } = this.options;
    if (this.running && this.killAt > clock.monotonic()) {
      await this.signal(this.stopSignal);
      while (this.running && this.killAt > clock.monotonic()) {
        await Promise.race([
          this.over.promise,
          this.sooner.promise,
          clock.sleep(this.killAt - clock.monotonic()),
        ]);
      }
    }
    if (this.running) this.killedByUs = true;
    while (this.running) {
      await this.signal('KILL');
      await Promise.race([this.over.promise, clock.sleep(missedMs).then(() => this.look())]);
    }
  }

  private async signal(signal: string): Promise<void> {
    try {
      await this.options.api.call({
        method: 'POST',
        path: `/libpod/containers/${this.id}/kill`,
        query: { signal },
      });
    } catch (error) {
      // It has ended in that moment (409, or 500 from an older podman), or is gone: looking tells.
      if (!(error instanceof PodmanError)) throw error;
      await this.look();
    }
  }
}
