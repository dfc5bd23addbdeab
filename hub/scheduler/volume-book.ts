// The scheduler's picture of claims and volumes: what the informers say, and which volumes it has promised since.

import {
  boundByController,
  type PersistentVolume,
  type PersistentVolumeClaim,
  persistentvolumeclaims,
  persistentvolumes,
  type StorageClass,
  selectedNode,
  storageclasses,
} from '../../shared/api/index.ts';
import { addressOf, type Client, type Informer, type InformerFactory } from '../../shared/client/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type { VolumePlan } from './pod-claims.ts';
import type { Volumes } from './volumes.ts';

type Claim = Live<PersistentVolumeClaim>;
type Volume = Live<PersistentVolume>;

const mergePatch = 'application/merge-patch+json';

export class VolumeBook implements Volumes {
  private readonly client: Client;
  private readonly claims: Informer<PersistentVolumeClaim>;
  private readonly volumes: Informer<PersistentVolume>;
  private readonly classes: Informer<StorageClass>;
  /** Volume → uid of the claim that it was promised to. */
  private readonly promises = new Map<string, string>();

  constructor({ client, informers }: { client: Client; informers: InformerFactory }) {
    this.client = client;
    this.claims = informers.of(persistentvolumeclaims);
    this.volumes = informers.of(persistentvolumes);
    this.classes = informers.of(storageclasses);
  }

  get synced(): Promise<unknown> {
    return Promise.all([this.claims.synced, this.volumes.synced, this.classes.synced]);
  }

  /** Calls when claims, volumes or classes have changed; answers the way out. */
  onChange(listener: () => void): () => void {
    const ways = [
      this.claims.onChange(listener),
      this.classes.onChange(listener),
      this.volumes.onChange(({ type, object }) => {
        if (type === 'DELETED' || object.spec?.claimRef) this.promises.delete(object.metadata.name);
        listener();
      }),
    ];
    return () => {
      for (const leave of ways) leave();
    };
  }

  claim(namespace: string, name: string): Claim | undefined {
    return this.claims.get({ namespace, name });
  }

  volume(name: string): Volume | undefined {
    return this.volumes.get(name);
  }

  storageClass(name: string): Live<StorageClass> | undefined {
    return name === '' ? undefined : this.classes.get(name);
  }

  volumesFor({ metadata }: Claim): Volume[] {
    const isFree = (volume: Volume) =>
      (this.promises.get(volume.metadata.name) ?? metadata.uid) === metadata.uid;
    return this.volumes.list().filter(isFree);
  }

  /** From now on the plan's volumes are nobody else's. */
  promise({ bind }: VolumePlan): void {
    for (const { claim, volume } of bind) this.promises.set(volume.metadata.name, claim.metadata.uid);
  }

  /** Tells the binder and the provisioners. Rejects when somebody was faster; what was promised is free again then. */
  async carryOut({ bind, provision }: VolumePlan, node: string): Promise<void> {
    try {
      await Promise.all([
        ...bind.map(({ claim, volume }) => this.reserve(volume, claim)),
        ...provision.map((claim) => this.select(claim, node)),
      ]);
    } catch (error) {
      for (const { volume } of bind) this.promises.delete(volume.metadata.name);
      throw error;
    }
  }

  private async reserve(volume: Volume, claim: Claim): Promise<void> {
    const { name, namespace = '', uid } = claim.metadata;
    if (volume.spec?.claimRef?.uid === uid) return;
    const { uid: own, resourceVersion } = volume.metadata;
    const annotations = volume.spec?.claimRef ? {} : { [boundByController]: 'yes' };
    const claimRef = {
      ...{ kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid },
      resourceVersion: claim.metadata.resourceVersion,
    };
    const patch = { metadata: { uid: own, resourceVersion, annotations }, spec: { claimRef } };
    this.volumes.learn(await this.client.patch(persistentvolumes, addressOf(volume), mergePatch, patch));
  }

  private async select(claim: Claim, node: string): Promise<void> {
    const { uid, resourceVersion, annotations } = claim.metadata;
    if (annotations?.[selectedNode] === node) return;
    const patch = { metadata: { uid, resourceVersion, annotations: { [selectedNode]: node } } };
    this.claims.learn(await this.client.patch(persistentvolumeclaims, addressOf(claim), mergePatch, patch));
  }
}
