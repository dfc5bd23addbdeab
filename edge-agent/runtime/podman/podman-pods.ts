// The pods at podman: made once, started again after a reboot, with the address that their pause process holds.

import { RuntimeFailure, type Sandbox } from '../runtime.ts';
import { idOf, inspectedContainer, listedPods, text } from './answers.ts';
import type { ExitWatch } from './exit-watch.ts';
import { ownFilter, podLabels, podName, podUidIn } from './labels.ts';
import { planPodSandbox } from './plan-pod-sandbox.ts';
import { type PodmanApi, PodmanError } from './podman-api.ts';

interface Options {
  api: PodmanApi;
  agent: string;
  exits: ExitWatch;
  /** Pods can have addresses that the board reaches. */
  hasBridge(): boolean;
}

export interface PreparedPod {
  id: string;
  sandbox: Sandbox;
  /** Of the process that holds what its containers share. */
  pausePid: number;
}

export class PodmanPods {
  private readonly options: Options;
  /** Pod uid → podman's id. */
  private readonly ids = new Map<string, string>();
  private readonly prepared = new Map<string, PreparedPod>();
  private readonly preparing = new Map<string, Promise<{ ips: string[] }>>();

  constructor(options: Options) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { api, agent } = this.options;
    const query = { filters: ownFilter(agent) };
    for (const { id, labels } of listedPods(
      await api.call({ method: 'GET', path: '/libpod/pods/json', query }),
    ))
      this.ids.set(podUidIn(labels), id);
  }

  find(uid: string): PreparedPod | undefined {
    return this.prepared.get(uid);
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
    const id = this.ids.get(uid);
    if (id === undefined) return;
    try {
      await this.options.api.call({
        method: 'DELETE',
        path: `/libpod/pods/${id}`,
        query: { force: true, timeout: 0 },
      });
    } catch (error) {
      if (!(error instanceof PodmanError) || error.status !== 404) throw error;
    }
    this.ids.delete(uid);
  }

  private async prepareNow(sandbox: Sandbox): Promise<{ ips: string[] }> {
    const { api, agent, exits } = this.options;
    const id = this.ids.get(sandbox.uid) ?? (await this.create(sandbox, podLabels(agent, sandbox)));
    const infra = text(
      await api.call({ method: 'GET', path: `/libpod/pods/${id}/json` }),
      'InfraContainerID',
    );
    const path = `/libpod/containers/${infra}`;
    // Not the pod: that would start its ended containers too. One that runs already answers 304.
    await api.call({ method: 'POST', path: `${path}/start` });
    const inspected = inspectedContainer(await api.call({ method: 'GET', path: `${path}/json` }));
    await exits.follow(inspected.conmonPid);
    this.prepared.set(sandbox.uid, { id, sandbox, pausePid: inspected.pid });
    return { ips: inspected.addresses };
  }

  private async create(sandbox: Sandbox, labels: Record<string, string>): Promise<string> {
    const plan = planPodSandbox({
      sandbox,
      name: podName(sandbox),
      labels,
      bridge: this.options.hasBridge(),
    });
    try {
      const answer = await this.options.api.call({ method: 'POST', path: '/libpod/pods/create', body: plan });
      const id = idOf(answer);
      this.ids.set(sandbox.uid, id);
      return id;
    } catch (error) {
      throw error instanceof PodmanError
        ? new RuntimeFailure('FailedCreatePodSandBox', error.message, { cause: error })
        : error;
    }
  }
}
