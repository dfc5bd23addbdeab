// Plays a kubelet through the API: registers its node, renews its lease, and says of its pods what a kubelet would, without
// running anything. What it does can be stopped (a silent node) and taken up again.

import { leases, type Node, nodes, type Pod, pods } from '../../shared/api/index.ts';
import type { Clock, Timer } from '../../shared/base/index.ts';
import { addressOf, type Client } from '../../shared/client/index.ts';
import { ApiError, formatMicroTime, formatTime, type Live } from '../../shared/machinery/index.ts';

export interface KubeletPlayerOptions {
  client: Client;
  clock: Clock;
  name: string;
  labels?: Record<string, string>;
  allocatable?: Record<string, string>;
  taints?: NonNullable<Node['spec']>['taints'];
  /** Milliseconds from binding to ready; absent: at once. 'never': containers don't start. */
  startsIn?: (pod: Live<Pod>) => number | 'never';
  /** Milliseconds from deletion to the end; default at once. */
  endsIn?: (pod: Live<Pod>) => number;
  /** What each container of a pod uses, one of so many on the node; absent: the node says nothing of it. */
  uses?: (pod: Live<Pod>, count: number) => { milliCores: number; mebibytes?: number } | undefined;
}

const leaseEvery = 10_000;
const pressures = [
  ['MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
] as const;

export class KubeletPlayer {
  private readonly options: KubeletPlayerOptions;
  private readonly handled = new Map<string, 'starting' | 'ending'>();
  private readonly timers = new Set<Timer>();
  private readonly known = new Map<string, Live<Pod>>();
  private watch: { stop(): void } | undefined;
  private lastAddress = 1;
  private silent = false;
  private running = false;

  constructor(options: KubeletPlayerOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    this.running = true;
    await this.register();
    this.watch = this.options.client.listWatch(
      { resource: pods },
      {
        onReplace: ({ items }) => {
          for (const pod of items) this.see(pod);
        },
        onEvent: ({ type, object }) =>
          type === 'DELETED' ? this.known.delete(object.metadata.uid) : this.see(object),
        onError: () => undefined,
      },
    );
    await this.renew();
  }

  stop(): void {
    this.running = false;
    this.watch?.stop();
    for (const timer of this.timers) timer.cancel();
  }

  /** Says nothing any more, and hears nothing. */
  freeze(): void {
    this.silent = true;
  }

  async thaw(): Promise<void> {
    this.silent = false;
    await this.register();
    for (const pod of this.known.values()) this.see(pod);
    await this.renew();
  }

  /** As the node's agent answers who asks for its statistics. */
  stats() {
    const amounts = (milliCores: number, mebibytes: number) => ({
      cpu: { usageNanoCores: milliCores * 1_000_000 },
      memory: { workingSetBytes: mebibytes * 1024 * 1024 },
    });
    const used = [...this.known.values()].flatMap((pod) => {
      const use = this.options.uses?.(pod, this.known.size);
      if (!use) return [];
      const { milliCores, mebibytes = 0 } = use;
      const { name, namespace, uid } = pod.metadata;
      const containers = (pod.spec?.containers ?? []).map((container) => ({
        name: container.name,
        ...amounts(milliCores, mebibytes),
      }));
      return [{ podRef: { name, namespace, uid }, containers }];
    });
    return { node: { nodeName: this.options.name, ...amounts(0, 0) }, pods: used, windowMs: 10_000 };
  }

  private async register(): Promise<void> {
    const {
      client,
      name,
      labels,
      taints,
      allocatable = { cpu: '2', memory: '4Gi', pods: '110' },
    } = this.options;
    const fresh: Node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
      ...(taints && { spec: { taints } }),
    };
    const known = await client.get(nodes, { name }).catch(() => client.create(nodes, fresh));
    const conditions = [
      ...pressures.map(([type, reason, message]) => this.condition(known, type, reason, message, 'False')),
      this.readyCondition(known),
    ];
    const status = { ...known.status, capacity: allocatable, allocatable, conditions };
    await client.patch(
      nodes,
      { name },
      'application/merge-patch+json',
      { status },
      { subresource: 'status' },
    );
  }

  private readyCondition(node: Live<Node>) {
    return this.condition(node, 'Ready', 'KubeletReady', 'kubelet is posting ready status', 'True');
  }

  private condition(node: Live<Node>, type: string, reason: string, message: string, status: string) {
    const now = formatTime(this.options.clock.now());
    const before = node.status?.conditions?.find((each) => each.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now;
    return { type, status, lastHeartbeatTime: now, lastTransitionTime, reason, message };
  }

  private async renew(): Promise<void> {
    const { client, clock, name } = this.options;
    if (!this.running) return;
    if (!this.silent) {
      const spec = {
        holderIdentity: name,
        leaseDurationSeconds: 40,
        renewTime: formatMicroTime(clock.now()),
      };
      const key = { namespace: 'kube-node-lease', name };
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: key, spec } as const;
      try {
        await client.patch(leases, key, 'application/merge-patch+json', { spec });
      } catch (error) {
        if (!ApiError.is(error, 'NotFound')) throw error;
        await client.create(leases, lease);
      }
    }
    this.after(leaseEvery, () => this.renew());
  }

  private see(pod: Live<Pod>): void {
    if (pod.spec?.nodeName !== this.options.name) return;
    const { uid, deletionTimestamp } = pod.metadata;
    this.known.set(uid, pod);
    if (this.silent || !this.running) return;
    const handled = this.handled.get(uid);
    if (deletionTimestamp && handled !== 'ending') {
      this.handled.set(uid, 'ending');
      this.after(this.options.endsIn?.(pod) ?? 0, () => this.end(pod));
    } else if (!handled) {
      this.handled.set(uid, 'starting');
      const wait = this.options.startsIn?.(pod) ?? 0;
      if (wait !== 'never') this.after(wait, () => this.run(pod));
    }
  }

  private async run(pod: Live<Pod>): Promise<void> {
    const now = formatTime(this.options.clock.now());
    this.lastAddress += 1;
    const ip = `10.42.${this.options.name.length}.${this.lastAddress}`;
    const condition = (type: string) => ({ type, status: 'True', lastTransitionTime: now });
    await this.say(pod, {
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      startTime: now,
      conditions: ['Initialized', 'Ready', 'ContainersReady'].map(condition),
    });
  }

  /** What a test wants this kubelet to find out about a pod. */
  async say(pod: Live<Pod>, status: Pod['status'] & object): Promise<void> {
    const type = 'application/strategic-merge-patch+json';
    const body = { metadata: { uid: pod.metadata.uid }, status };
    await unlessGone(this.options.client.patch(pods, addressOf(pod), type, body, { subresource: 'status' }));
  }

  private async end(pod: Live<Pod>): Promise<void> {
    const preconditions = { uid: pod.metadata.uid };
    await unlessGone(
      this.options.client.delete(pods, addressOf(pod), { gracePeriodSeconds: 0, preconditions }),
    );
  }

  private after(ms: number, call: () => Promise<void>): void {
    const timer = this.options.clock.after(ms, () => {
      this.timers.delete(timer);
      call().catch((error: unknown) => {
        if (this.running) throw error;
      });
    });
    this.timers.add(timer);
  }
}

/** A namesake or nobody is there any more. */
async function unlessGone(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!ApiError.is(error, 'NotFound') && !ApiError.is(error, 'Conflict')) throw error;
  }
}
