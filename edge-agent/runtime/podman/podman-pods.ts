// The pods at podman: made once, started again after a reboot or when their pause process ended, with the address that it holds.

import type { Clock } from '../../../shared/base/index.ts';
import { Cgroup } from '../cgroup/index.ts';
import { RuntimeFailure, type Sandbox } from '../runtime.ts';
import {
  type InspectedContainer,
  idOf,
  inspectedContainer,
  type ListedPod,
  listedPods,
  pauseIdOf,
} from './answers.ts';
import type { ExitWatch } from './exit-watch.ts';
import { ownFilter, podLabels, podName, podUidIn } from './labels.ts';
import { removeLeftGroups } from './left-groups.ts';
import { planPodSandbox, podSandboxWords } from './plan-pod-sandbox.ts';
import { type PodmanApi, PodmanError } from './podman-api.ts';
import { CommandError } from './podman-service.ts';
import { lives } from './process-tree.ts';
import { firstHostPort } from './rootless.ts';

interface Options {
  api: PodmanApi;
  /** A command of podman's. Throws CommandError. */
  run(command: readonly string[]): Promise<string>;
  agent: string;
  exits: ExitWatch;
  /** Processes and threads of each pod; absent: as many as the board. */
  podPidsLimit?: number | undefined;
  clock: Clock;
  /** Pods can have addresses that the board reaches. */
  hasBridge(): boolean;
  /** The name of the one that they are on; undefined: podman's default. */
  network(): Promise<string | undefined>;
}

export interface PreparedPod {
  id: string;
  sandbox: Sandbox;
  /** The container, and its process, that hold what the others share. */
  pauseId: string;
  pausePid: number;
}

/** podman may take a moment to notice that a pause process has ended. */
const settleMs = 50;
const settleTries = 100;

export class PodmanPods {
  private readonly options: Options;
  /** Pod uid → podman's id. */
  private readonly ids = new Map<string, string>();
  private readonly prepared = new Map<string, PreparedPod>();
  /** Uids of pods that had lost their pause process when the agent came. */
  private readonly foundLost = new Set<string>();
  private readonly preparing = new Map<string, Promise<{ ips: string[] }>>();

  constructor(options: Options) {
    this.options = options;
  }

  async start(): Promise<void> {
    await this.removeHalfMade();
    for (const { id, labels, infraId, running } of await this.own()) {
      this.ids.set(podUidIn(labels), id);
      if (running.length > 0 && !running.includes(infraId)) this.foundLost.add(podUidIn(labels));
    }
  }

  find(uid: string): PreparedPod | undefined {
    return this.prepared.get(uid);
  }

  /** What its containers share has ended. */
  isLost(uid: string): boolean {
    const pod = this.prepared.get(uid);
    return pod ? !lives(pod.pausePid) : this.foundLost.has(uid);
  }

  /** The pod whose pause container that is. */
  uidOfPause(id: string): string | undefined {
    return [...this.prepared].find(([, { pauseId }]) => pauseId === id)?.[0];
  }

  /** Where cores are fought over a pod gets what these containers of it get; podman's own want next to nothing. */
  weigh(uid: string, containerIds: readonly string[]): void {
    const pod = this.prepared.get(uid);
    const isOurs = (name: string) => containerIds.some((id) => name.includes(id));
    if (pod) groupOf(pod)?.weighAsMembers(isOurs);
  }

  /** Idempotent; two at once are one. Throws what podman says. */
  prepare(sandbox: Sandbox): Promise<{ ips: string[] }> {
    const { uid } = sandbox;
    const running =
      this.preparing.get(uid) ?? this.prepareNow(sandbox).finally(() => this.preparing.delete(uid));
    this.preparing.set(uid, running);
    return running;
  }

  /** With all containers that are still in it. Idempotent. */
  async remove(uid: string): Promise<void> {
    await this.preparing.get(uid)?.catch(() => {}); // whoever asked for it hears of it
    this.prepared.delete(uid);
    this.foundLost.delete(uid);
    const id = this.ids.get(uid);
    if (id === undefined) return;
    await this.removeAtPodman(id);
    await removeLeftGroups(id, this.options.clock);
    this.ids.delete(uid);
  }

  private async own(): Promise<ListedPod[]> {
    const { api, agent } = this.options;
    const query = { filters: ownFilter(agent) };
    return listedPods(await api.call({ method: 'GET', path: '/libpod/pods/json', query }));
  }

  /** A full disk leaves pods without a pause container, whose names are taken. */
  private async removeHalfMade(): Promise<void> {
    for (const { id, infraId } of await this.own()) if (infraId === '') await this.removeAtPodman(id);
  }

  /**
   * Whose answer never came, as when podman is killed in the middle: the next try is to find nothing. What was mounted goes
   * with it; a network namespace may stay until the board is started again, as podman names it by chance and writes that
   * down only afterwards: nothing tells it from one that another podman is about to use.
   */
  private async removeUnknown(uid: string): Promise<void> {
    for (const { id, labels } of await this.own())
      if (podUidIn(labels) === uid) await this.removeAtPodman(id);
  }

  private async removeAtPodman(id: string): Promise<void> {
    const query = { force: true, timeout: 0 };
    try {
      await this.options.api.call({ method: 'DELETE', path: `/libpod/pods/${id}`, query });
    } catch (error) {
      if (!(error instanceof PodmanError) || error.status !== 404) throw error;
    }
  }

  private async prepareNow(sandbox: Sandbox): Promise<{ ips: string[] }> {
    const { api, agent, exits, podPidsLimit } = this.options;
    const id = this.ids.get(sandbox.uid) ?? (await this.create(sandbox, podLabels(agent, sandbox)));
    const infra = pauseIdOf(await api.call({ method: 'GET', path: `/libpod/pods/${id}/json` }));
    const pause = await this.startPause(infra);
    await exits.follow(pause.conmonPid);
    Cgroup.ofProcess(pause.pid)?.within(pause.id)?.weighLeast();
    // Its containers are held to the same each.
    groupOf({ id, pausePid: pause.pid })?.limitProcesses(podPidsLimit);
    this.foundLost.delete(sandbox.uid);
    this.prepared.set(sandbox.uid, { id, sandbox, pauseId: pause.id, pausePid: pause.pid });
    return { ips: pause.addresses };
  }

  private async startPause(id: string): Promise<InspectedContainer> {
    const { api, clock } = this.options;
    const path = `/libpod/containers/${id}`;
    for (let tries = settleTries; tries > 0; tries--) {
      // Not the pod: that would start its ended containers too. One that runs already answers 304.
      await api.call({ method: 'POST', path: `${path}/start` });
      const inspected = inspectedContainer(await api.call({ method: 'GET', path: `${path}/json` }));
      if (lives(inspected.pid)) return inspected;
      await clock.sleep(settleMs);
    }
    throw new RuntimeFailure('FailedCreatePodSandBox', `the pod's pause container ${id} ends by itself`);
  }

  private async create(sandbox: Sandbox, labels: Record<string, string>): Promise<string> {
    const { api, run, hasBridge, network } = this.options;
    const first = firstHostPort();
    const plan = {
      sandbox: { ...sandbox, ports: sandbox.ports.filter(({ hostPort }) => hostPort >= first) },
      ...{ name: podName(sandbox), labels, bridge: hasBridge() },
      network: sandbox.hostNetwork || !hasBridge() ? undefined : await network(),
    };
    try {
      const id = sandbox.hostUsers
        ? idOf(await api.call({ method: 'POST', path: '/libpod/pods/create', body: planPodSandbox(plan) }))
        : await run(podSandboxWords(plan));
      this.ids.set(sandbox.uid, id);
      return id;
    } catch (error) {
      await this.removeUnknown(sandbox.uid).catch(() => {}); // then it is after the next try
      if (!(error instanceof PodmanError || error instanceof CommandError)) throw error;
      throw new RuntimeFailure('FailedCreatePodSandBox', error.message, { cause: error });
    }
  }
}

/** Where podman gives pods a group of their own. */
function groupOf({ id, pausePid }: Pick<PreparedPod, 'id' | 'pausePid'>): Cgroup | undefined {
  return Cgroup.ofProcess(pausePid)?.parent.within(id);
}
