// The containers of one agent at podman: created and started, found again by their labels after a restart of the agent, and
// removed. All is asked of podman when the agent starts; from then on it is known here, so that looking costs nothing.

import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock, Logger } from '../../../shared/base/index.ts';
import { defaultLogLimits, type LogLimits } from '../log-rotation.ts';
import {
  type ContainerResources,
  type ContainerSecurity,
  type ContainerSpec,
  RuntimeFailure,
} from '../runtime.ts';
import { idOf, listedContainers } from './answers.ts';
import { endMonitor } from './conmon-facts.ts';
import { ContainerHome } from './container-home.ts';
import type { ExitWatch } from './exit-watch.ts';
import { ImageAccounts } from './image-accounts.ts';
import {
  type ContainerFacts,
  containerFacts,
  containerLabels,
  containerName,
  factsIn,
  ownFilter,
} from './labels.ts';
import { planContainer, planResources } from './plan-container.ts';
import { type Identity, needsAccounts, planIdentity } from './plan-identity.ts';
import { type PodmanApi, PodmanError } from './podman-api.ts';
import { PodmanContainer } from './podman-container.ts';
import type { PodmanImages } from './podman-images.ts';
import type { PodmanPods, PreparedPod } from './podman-pods.ts';
import { reachableOomScore } from './rootless.ts';
import { createFailure, startFailure } from './start-failure.ts';

interface Options {
  api: PodmanApi;
  /** Of the runtime. */
  directory: string;
  pods: PodmanPods;
  images: PodmanImages;
  exits: ExitWatch;
  seccompFolder: string;
  podPidsLimit?: number;
  logLimits?: LogLimits;
  clock: Clock;
  log: Logger;
  onExit(container: PodmanContainer): void;
}

export class PodmanContainers {
  private readonly options: Options;
  private readonly containers = new Map<string, PodmanContainer>();
  private readonly accounts: ImageAccounts;
  private limitsSwap = false;

  constructor(options: Options) {
    this.options = options;
    this.accounts = new ImageAccounts(options.api, options.directory);
  }

  get all(): PodmanContainer[] {
    return [...this.containers.values()];
  }

  ofPod(podUid: string): PodmanContainer[] {
    return this.all.filter(({ facts }) => facts.podUid === podUid);
  }

  find(id: string): PodmanContainer | undefined {
    return this.containers.get(id);
  }

  /** Everything with our label: containers that run or ended, and what was created when an agent died. */
  async start({ limitsSwap }: { limitsSwap: boolean }): Promise<void> {
    this.limitsSwap = limitsSwap;
    const { api, directory, exits } = this.options;
    await mkdir(this.homesPath, { recursive: true, mode: 0o711 });
    const query = { all: true, filters: ownFilter(directory) };
    const listed = listedContainers(
      await api.call({ method: 'GET', path: '/libpod/containers/json', query }),
    );
    const names = new Set<string>();
    for (const { id, labels } of listed) {
      const facts = factsIn(labels);
      if (!facts) continue;
      const container = this.remember(id, facts, new ContainerHome(this.homesPath, containerName(facts)));
      if (await container.adopt()) {
        names.add(containerName(facts));
        if (container.running) await exits.follow(container.conmonPid);
      } else {
        await this.removeAtPodman(id);
        this.containers.delete(id);
      }
    }
    await ContainerHome.sweep(this.homesPath, names);
  }

  /** Lets go of them. */
  async stop(): Promise<void> {
    await Promise.all(this.all.map((container) => container.release()));
    this.containers.clear();
  }

  async create(spec: ContainerSpec, specHash: string): Promise<PodmanContainer> {
    const { api, pods, images, exits } = this.options;
    const pod = pods.find(spec.podUid);
    if (!pod) throw new RuntimeFailure('CreateContainerError', `pod ${spec.podName} has not been prepared`);
    const targetPid = this.targetPid(spec);
    const image = await images.idFor(spec.image);
    const home = new ContainerHome(this.homesPath, containerName(spec));
    const facts = containerFacts(spec, image.imageId, specHash);
    const identity = await this.identityOf(spec.securityContext ?? {}, image);
    await home.make();
    await mkdir(dirname(spec.logPath), { recursive: true, mode: 0o750 });
    const id = await this.createAtPodman(spec, facts, home, { pod, image: image.id, identity, targetPid });
    const container = this.remember(id, facts, home);
    try {
      await api.call({ method: 'POST', path: `/libpod/containers/${id}/start` });
    } catch (error) {
      throw await this.startFailed(container, error, spec.command[0] ?? '');
    }
    await container.adopt();
    this.weigh(spec.podUid);
    if (container.running) {
      await exits.follow(container.conmonPid);
      // It may have ended before its end was listened for.
      await container.look();
    } else container.tellEnd();
    return container;
  }

  async update(id: string, resources: ContainerResources): Promise<void> {
    await this.options.api.call({
      ...{ method: 'POST', path: `/libpod/containers/${id}/update` },
      body: planResources(this.limited(resources), this.limitsSwap),
    });
    this.weigh(this.containers.get(id)?.facts.podUid ?? '');
  }

  async stopOne(container: PodmanContainer, graceSeconds: number): Promise<void> {
    const { group } = container;
    await container.stop(graceSeconds);
    // What shares its pod's or the board's processes does not end with the first of them.
    await group?.kill(this.options.clock);
  }

  async remove(container: PodmanContainer): Promise<void> {
    await this.removeAtPodman(container.id);
    await this.forget(container);
    this.weigh(container.facts.podUid);
  }

  /** podman has it no more. */
  async forget(container: PodmanContainer): Promise<void> {
    this.containers.delete(container.id);
    await container.release();
    await container.home.remove();
  }

  private get homesPath(): string {
    return join(this.options.directory, 'containers');
  }

  private weigh(podUid: string): void {
    this.options.pods.weigh(
      podUid,
      this.ofPod(podUid).map(({ id }) => id),
    );
  }

  private limited(resources: ContainerResources = {}): ContainerResources {
    const { podPidsLimit: pids } = this.options;
    return { ...resources, ...(pids !== undefined && { pids }) };
  }

  private targetPid({ processesOf }: ContainerSpec): number | undefined {
    const target = processesOf === undefined ? undefined : this.containers.get(processesOf);
    if (processesOf === undefined || target?.pid !== undefined) return target?.pid;
    throw new RuntimeFailure('CreateContainerError', `target container ${processesOf} is not running`);
  }

  private async identityOf(
    security: ContainerSecurity,
    image: { id: string; user: string },
  ): Promise<Identity> {
    const accounts = needsAccounts(security) ? await this.accounts.of(image.id) : undefined;
    return planIdentity(security, image.user, accounts);
  }

  private async createAtPodman(
    spec: ContainerSpec,
    facts: ContainerFacts,
    home: ContainerHome,
    {
      image,
      pod,
      ...who
    }: { pod: PreparedPod; image: string; identity: Identity; targetPid: number | undefined },
  ): Promise<string> {
    const { api, directory, images, logLimits, seccompFolder } = this.options;
    const plan = planContainer({
      ...{ name: containerName(spec), imageId: image, pod: pod.id, sandbox: pod.sandbox, ...who },
      spec: {
        ...spec,
        oomScoreAdj: reachableOomScore(spec.oomScoreAdj),
        resources: this.limited(spec.resources),
      },
      labels: containerLabels(directory, facts),
      lastWordsPath: home.lastWordsPath,
      logBound: (logLimits ?? defaultLogLimits).maxSize,
      ...{ seccompFolder, limitsSwap: this.limitsSwap },
    });
    try {
      return idOf(await api.call({ method: 'POST', path: '/libpod/containers/create', body: plan }));
    } catch (error) {
      images.forget(spec.image);
      await home.remove();
      // Its answer may never have come, as when podman is killed in the middle: its name would be taken.
      await this.removeAtPodman(containerName(spec)).catch(() => {}); // then it is after the next try
      throw error instanceof PodmanError ? createFailure(error) : error;
    }
  }

  /** A command that cannot be started leaves an exited container behind (StartError); any other failure leaves nothing. */
  private async startFailed(container: PodmanContainer, error: unknown, program: string): Promise<unknown> {
    const failure = error instanceof PodmanError ? startFailure(error, program) : error;
    if (failure instanceof RuntimeFailure && failure.reason === 'RunContainerError') {
      await container.home.noteStartError(failure.message);
      container.becomeNotStarted(failure.message);
      return failure;
    }
    // podman ended in the middle, and knows nothing of the process that it has made by then.
    if (!(failure instanceof RuntimeFailure)) endMonitor(container.id);
    await this.remove(container);
    return failure;
  }

  private remember(id: string, facts: ContainerFacts, home: ContainerHome): PodmanContainer {
    const { api, clock, log, logLimits: limits = defaultLogLimits } = this.options;
    const container = new PodmanContainer({
      ...{ id, facts, home, api, limits, clock, log },
      onExit: (exited) => this.options.onExit(exited),
    });
    this.containers.set(id, container);
    return container;
  }

  private async removeAtPodman(id: string): Promise<void> {
    const query = { force: true, timeout: 0, v: true };
    try {
      await this.options.api.call({ method: 'DELETE', path: `/libpod/containers/${id}`, query });
    } catch (error) {
      if (!(error instanceof PodmanError) || error.status !== 404) throw error;
    }
  }
}
