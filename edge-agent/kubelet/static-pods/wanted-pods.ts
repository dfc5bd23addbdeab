// What this node is to run: the pods of the hub and those of the folder of static pods, as one desired state. Mirrors are
// shown by the hub and run by nobody.

import type {
  ConfigMap,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Secret,
  Service,
} from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import type { DesiredState } from '../../link/index.ts';
import { configHash, isMirror } from './static-pod.ts';

type Listener = Parameters<DesiredState['onChange']>[0];

interface Options {
  desired: DesiredState;
  statics(): readonly Live<Pod>[];
  /** What was last said of a static pod. */
  statusOf(pod: Live<Pod>): Pod['status'];
  /** A mirror has come or has changed. */
  mirrorChanged(mirror: Live<Pod>): void;
}

export class WantedPods implements DesiredState {
  private readonly options: Options;
  private readonly listeners = new Set<Listener>();
  private shown = new Map<string, Live<Pod>>();

  constructor(options: Options) {
    this.options = options;
  }

  start(): void {
    const { desired, mirrorChanged } = this.options;
    desired.onChange((change) => {
      const pod = change.resource === 'pods' ? desired.pod(change.uid) : undefined;
      if (pod && isMirror(pod)) mirrorChanged(pod);
      else for (const listener of this.listeners) listener(change);
    });
    this.staticsChanged();
  }

  /** Tells of the static pods that came and went. */
  staticsChanged(): void {
    const before = this.shown;
    this.shown = new Map(this.options.statics().map((pod) => [pod.metadata.uid, pod]));
    for (const [uid, pod] of before) if (!this.shown.has(uid)) this.tell(pod, true);
    for (const [uid, pod] of this.shown) if (!before.has(uid)) this.tell(pod, false);
  }

  pods(): Live<Pod>[] {
    const ofHub = this.options.desired.pods().filter((pod) => !isMirror(pod));
    return [...ofHub, ...[...this.shown.values()].map((pod) => this.withStatus(pod))];
  }

  pod(uid: string): Live<Pod> | undefined {
    const own = this.shown.get(uid);
    if (own) return this.withStatus(own);
    const pod = this.options.desired.pod(uid);
    return pod && isMirror(pod) ? undefined : pod;
  }

  /** The uid by which the pod runs here: a mirror's is that of its static pod. */
  uidHere(uid: string): string {
    const pod = this.options.desired.pod(uid);
    return pod && isMirror(pod) ? configHash(pod) : uid;
  }

  configMap(namespace: string, name: string): Live<ConfigMap> | undefined {
    return this.options.desired.configMap(namespace, name);
  }

  secret(namespace: string, name: string): Live<Secret> | undefined {
    return this.options.desired.secret(namespace, name);
  }

  claim(namespace: string, name: string): Live<PersistentVolumeClaim> | undefined {
    return this.options.desired.claim(namespace, name);
  }

  volume(name: string): Live<PersistentVolume> | undefined {
    return this.options.desired.volume(name);
  }

  volumes(): Live<PersistentVolume>[] {
    return this.options.desired.volumes();
  }

  services(namespace: string): Live<Service>[] {
    return this.options.desired.services(namespace);
  }

  onChange(listener: Listener): void {
    this.listeners.add(listener);
  }

  private withStatus(pod: Live<Pod>): Live<Pod> {
    const status = this.options.statusOf(pod);
    return status ? { ...pod, status } : pod;
  }

  private tell({ metadata }: Live<Pod>, gone: boolean): void {
    const { namespace = '', name, uid } = metadata;
    for (const listener of this.listeners) listener({ resource: 'pods', namespace, name, uid, gone });
  }
}
