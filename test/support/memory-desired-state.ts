// A node's desired state and outbox in memory, for tests of the kubelet: what a test wants, and what was reported.

import { randomUUID } from 'node:crypto';
import type { DesiredState, Reporter, TokenRequests } from '../../edge-agent/link/index.ts';
import {
  type ConfigMap,
  type Event,
  isOver,
  type Node,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  type PodSpec,
  type PodStatus,
  type Secret,
  type Service,
} from '../../shared/api/index.ts';
import { deepFreeze, type Live } from '../../shared/machinery/index.ts';

type Listener = Parameters<DesiredState['onChange']>[0];

export interface PodOptions {
  name?: string;
  namespace?: string;
  labels?: Record<string, string>;
}

let revision = 0;

/** A pod as the hub delivers it: defaulted, bound, Pending. */
export function podOf(
  spec: PodSpec,
  { name = 'p', namespace = 'default', labels }: PodOptions = {},
): Live<Pod> {
  revision += 1;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: randomUUID(),
      resourceVersion: String(revision),
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(labels && { labels }),
    },
    spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30, nodeName: 'node1', ...spec },
    status: {
      phase: 'Pending',
      qosClass: 'BestEffort',
      conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    },
  };
}

export class MemoryDesiredState implements DesiredState, Reporter, TokenRequests {
  readonly statuses: { uid: string; status: PodStatus }[] = [];
  readonly terminated: string[] = [];
  readonly mirrors: Pod[] = [];
  readonly nodes: Node[] = [];
  readonly events: Event[] = [];
  private readonly podsByUid = new Map<string, Live<Pod>>();
  private readonly configMaps = new Map<string, Live<ConfigMap>>();
  readonly servicesHeld: Live<Service>[] = [];
  private readonly secrets = new Map<string, Live<Secret>>();
  private readonly claims = new Map<string, Live<PersistentVolumeClaim>>();
  private readonly volumesByName = new Map<string, Live<PersistentVolume>>();
  /** Names of volumes whose folders are reported as gone. */
  readonly volumesRemoved: string[] = [];
  /** What was asked for, as `pod audience seconds`. */
  readonly tokensAsked: string[] = [];
  /** Undefined: the hub is out of reach. Milliseconds. */
  tokenLifetime: number | undefined = 3_600_000;
  private listeners: Listener[] = [];

  pods(): Live<Pod>[] {
    return [...this.podsByUid.values()];
  }
  pod(uid: string): Live<Pod> | undefined {
    return this.podsByUid.get(uid);
  }
  configMap(namespace: string, name: string): Live<ConfigMap> | undefined {
    return this.configMaps.get(`${namespace}/${name}`);
  }
  secret(namespace: string, name: string): Live<Secret> | undefined {
    return this.secrets.get(`${namespace}/${name}`);
  }
  claim(namespace: string, name: string): Live<PersistentVolumeClaim> | undefined {
    return this.claims.get(`${namespace}/${name}`);
  }
  volume(name: string): Live<PersistentVolume> | undefined {
    return this.volumesByName.get(name);
  }
  services(namespace: string): Live<Service>[] {
    return this.servicesHeld.filter(({ metadata }) => metadata.namespace === namespace);
  }
  volumes(): Live<PersistentVolume>[] {
    return [...this.volumesByName.values()];
  }
  async token(
    { metadata }: Live<Pod>,
    { audience = '', expirationSeconds = 3600 }: { audience?: string; expirationSeconds?: number },
  ): Promise<{ token: string; lifetime: number }> {
    this.tokensAsked.push(`${metadata.name} ${audience} ${expirationSeconds}`);
    if (this.tokenLifetime === undefined) throw new Error('the hub is out of reach');
    return { token: `token-${this.tokensAsked.length}`, lifetime: this.tokenLifetime };
  }
  onChange(listener: Listener): void {
    this.listeners.push(listener);
  }

  podStatus(pod: Live<Pod>, status: PodStatus): void {
    this.statuses.push({ uid: pod.metadata.uid, status });
  }
  podTerminated(pod: Live<Pod>): void {
    this.terminated.push(pod.metadata.uid);
  }
  mirror(pod: Pod): void {
    this.mirrors.push(pod);
  }
  volumeRemoved({ metadata }: Live<PersistentVolume>): void {
    this.volumesRemoved.push(metadata.name);
  }
  node(node: Node): void {
    this.nodes.push(node);
  }
  event(event: Event): void {
    this.events.push(event);
  }

  /** An agent that was killed hears nothing any more. */
  forgetListeners(): void {
    this.listeners = [];
  }

  put(pod: Live<Pod>): Live<Pod> {
    const frozen = deepFreeze(structuredClone(pod));
    this.podsByUid.set(pod.metadata.uid, frozen);
    this.tell('pods', frozen, false);
    return frozen;
  }

  /** As after `kubectl delete`. */
  markDeleted(uid: string, graceSeconds?: number): void {
    const pod = this.podsByUid.get(uid);
    if (!pod) throw new Error(`no pod ${uid}`);
    const grace = graceSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30;
    const deletionTimestamp = new Date(Date.now() + grace * 1000).toISOString();
    this.put({ ...pod, metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: grace } });
  }

  /** As after a forced deletion, or once the hub heard that the pod is down. */
  remove(uid: string): void {
    const pod = this.podsByUid.get(uid);
    this.podsByUid.delete(uid);
    if (pod) this.tell('pods', pod, true);
  }

  /** Pods that are over come back so; what else a node says of its pods is not sent back to it. */
  absorbStatuses(): void {
    for (const { uid, status } of this.statuses) {
      const pod = this.podsByUid.get(uid);
      if (pod && isOver(status)) this.podsByUid.set(uid, deepFreeze({ ...pod, status }));
    }
  }

  putConfigMap(name: string, data: Record<string, string>, namespace = 'default'): void {
    const object = { ...this.meta(name, namespace), apiVersion: 'v1', kind: 'ConfigMap', data } as const;
    this.configMaps.set(`${namespace}/${name}`, object);
    this.tell('configmaps', object, false);
  }

  putSecret(name: string, texts: Record<string, string>, namespace = 'default'): void {
    const entries = Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
    const data: Record<string, string> = Object.fromEntries(entries);
    const object = { ...this.meta(name, namespace), apiVersion: 'v1', kind: 'Secret', data } as const;
    this.secrets.set(`${namespace}/${name}`, object);
    this.tell('secrets', object, false);
  }

  /** A claim, and the volume that it is bound to. */
  putClaim(name: string, volume: PersistentVolume, spec: PersistentVolumeClaim['spec'] = {}): void {
    const volumeName = volume.metadata?.name ?? '';
    const claim: Live<PersistentVolumeClaim> = {
      ...this.meta(name, 'default'),
      spec: { volumeName, ...spec },
      status: { phase: 'Bound' },
    };
    this.claims.set(`default/${name}`, claim);
    const claimRef = { namespace: 'default', name, uid: claim.metadata.uid };
    this.putVolume({ ...volume, spec: { claimRef, ...volume.spec } });
    this.tell('persistentvolumeclaims', claim, false);
  }

  putVolume(volume: PersistentVolume): void {
    const { metadata } = this.meta(volume.metadata?.name ?? '', '');
    const object = { ...volume, metadata: { ...metadata, ...volume.metadata, namespace: '' } };
    this.volumesByName.set(object.metadata.name, object);
    this.tell('persistentvolumes', object, false);
  }

  lastStatus(uid: string): PodStatus | undefined {
    return this.statuses.findLast((report) => report.uid === uid)?.status;
  }

  private meta(name: string, namespace: string) {
    revision += 1;
    const creationTimestamp = '2026-01-01T00:00:00Z';
    return {
      metadata: { name, namespace, uid: randomUUID(), resourceVersion: String(revision), creationTimestamp },
    };
  }

  private tell(resource: string, { metadata }: Live, gone: boolean): void {
    const { namespace = '', name, uid } = metadata;
    for (const listener of this.listeners) listener({ resource, namespace, name, uid, gone });
  }
}
