// A kubelet over the real process runtime, a desired state in memory, and words for what a test waits for.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Kubelet, type KubeletOptions } from '../../../edge-agent/kubelet/index.ts';
import type { LogRequest } from '../../../edge-agent/link/index.ts';
import { boardStats } from '../../../edge-agent/node/index.ts';
import { ProcessRuntime } from '../../../edge-agent/runtime/index.ts';
import type { Container, ContainerStatus, Pod, PodSpec, PodStatus } from '../../../shared/api/index.ts';
import { createLog, systemClock } from '../../../shared/base/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { processesWith } from '../../support/container-spec.ts';
import { MemoryDesiredState, type PodOptions, podOf } from '../../support/memory-desired-state.ts';
import { until } from '../../support/until.ts';

export class KubeletWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'kelp-kubelet-'));
  readonly hub = new MemoryDesiredState();
  private readonly more: Partial<KubeletOptions>;
  private kubelet: Kubelet;
  private boot = 'first';

  constructor(more: Partial<KubeletOptions> = {}) {
    this.more = more;
    this.kubelet = this.create();
  }

  private create(): Kubelet {
    const clock = systemClock;
    const log = createLog('test', 'silent');
    return new Kubelet({
      runtimes: [new ProcessRuntime({ directory: join(this.folder, 'process'), clock, log })],
      ...{ desired: this.hub, reporter: this.hub, tokenRequests: this.hub },
      localVolumes: join(this.folder, 'volumes'),
      ...{ directory: this.folder, nodeName: 'node1', nodeIps: ['127.0.0.1'], boardStats, clock, log },
      boot: this.boot,
      ...this.more,
    });
  }

  async start(): Promise<void> {
    await this.kubelet.start();
  }

  /** The agent is restarted; containers are left alone. */
  async restart(meanwhile: () => void | Promise<void> = () => {}): Promise<void> {
    await this.kubelet.stop({ stopPods: false });
    this.hub.forgetListeners();
    this.hub.absorbStatuses();
    await meanwhile();
    this.kubelet = this.create();
    await this.kubelet.start();
  }

  /** As if the board had been started again: everything has ended, and nothing remembers how. */
  async reboot(): Promise<void> {
    await this.kubelet.stop({ stopPods: true });
    this.hub.forgetListeners();
    this.hub.absorbStatuses();
    this.boot = 'another';
    this.kubelet = this.create();
    await this.kubelet.start();
  }

  async stop(options: { stopPods: boolean }): Promise<void> {
    await this.kubelet.stop(options);
  }

  /** Deletes what is left by force and looks whether the board is as it was before. */
  async end(): Promise<void> {
    for (const { metadata } of this.hub.pods()) this.hub.markDeleted(metadata.uid, 0);
    await until('all pods to be down', () =>
      this.hub.pods().every(({ metadata }) => this.hub.terminated.includes(metadata.uid)),
    );
    for (const { metadata } of this.hub.pods()) this.hub.remove(metadata.uid);
    for (const left of ['pods', 'logs', 'process/containers']) {
      await until(`nothing to be left in ${left}`, () => this.filesIn(left).length === 0);
    }
    await this.kubelet.stop({ stopPods: true });
    expect(processesWith(this.folder), 'processes that are left').to.deep.equal([]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** As the node's status tells them. */
  get images(): Kubelet['images'] {
    return this.kubelet.images;
  }

  filesIn(path: string): string[] {
    try {
      return readdirSync(join(this.folder, path));
    } catch {
      return [];
    }
  }

  /** A container that runs `script` in sh. Its environment names the folder, so that it can be found. */
  shell(script: string, more: Partial<Container> = {}): Container {
    const env = [{ name: 'TEST_FOLDER', value: this.folder }, ...(more.env ?? [])];
    return { name: 'c', image: 'host', command: ['sh', '-c', script], ...more, env };
  }

  run(spec: PodSpec | Container, options: PodOptions = {}): Live<Pod> {
    const whole = 'containers' in spec ? spec : { containers: [spec] };
    return this.hub.put(podOf({ terminationGracePeriodSeconds: 5, ...whole }, options));
  }

  async untilStatus(
    pod: Live<Pod>,
    what: string,
    holds: (status: PodStatus) => boolean,
    within?: number,
  ): Promise<PodStatus> {
    const look = () => {
      const status = this.hub.lastStatus(pod.metadata.uid);
      return status && holds(status) ? status : undefined;
    };
    return until(`pod ${pod.metadata.name}: ${what}`, look, within);
  }

  async untilPhase(pod: Live<Pod>, phase: string): Promise<PodStatus> {
    return this.untilStatus(pod, phase, (status) => status.phase === phase);
  }

  async untilReady(pod: Live<Pod>): Promise<PodStatus> {
    return this.untilStatus(pod, 'ready', (status) => isReady(status));
  }

  async untilTerminated(pod: Live<Pod>, within?: number): Promise<void> {
    await until('the pod to be down', () => this.hub.terminated.includes(pod.metadata.uid), within);
  }

  async logOf(pod: Live<Pod>, options: LogRequest['options'] = {}, container = 'c'): Promise<string> {
    const { namespace = '', name, uid } = pod.metadata;
    const stream = await this.kubelet.logSource.open({ namespace, pod: name, uid, container, options });
    let text = '';
    for await (const chunk of stream) text += chunk;
    return text;
  }

  async followLog(pod: Live<Pod>, container = 'c') {
    const { namespace = '', name, uid } = pod.metadata;
    return this.kubelet.logSource.open({ namespace, pod: name, uid, container, options: { follow: true } });
  }

  /** The contents of a file that the test's containers write. */
  read(name: string): string {
    try {
      return readFileSync(join(this.folder, name), 'utf8');
    } catch {
      return '';
    }
  }

  /** `Normal Started Started container c` of that pod, in order. */
  eventsOf(pod: Live<Pod>): string[] {
    return this.hub.events
      .filter((event) => event.involvedObject.uid === pod.metadata.uid)
      .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  }
}

export const isReady = (status: PodStatus) =>
  status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';

export function firstContainer(status: PodStatus): ContainerStatus {
  const [first] = status.containerStatuses ?? [];
  if (!first) throw new Error('no container status');
  return first;
}
