// What this node is to hold, as last saved on this board. A change is on the disk before anyone hears of it: before the
// hub's acknowledgement, and before the kubelet acts.

import { mkdir } from 'node:fs/promises';
import type {
  ConfigMap,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Secret,
  Service,
} from '../../shared/api/index.ts';
import { type DesiredEnvelope, Digest } from '../../shared/bus/index.ts';
import { deepFreeze, type KubeObject, type Live } from '../../shared/machinery/index.ts';
import { CopyFile, type CopyFileOptions, type Saved } from './copy-file.ts';
import { DirectoryLock } from './directory-lock.ts';
import type { DesiredState } from './node-state.ts';

/** An object, or its end, as the hub sent it. */
export type DesiredChange = Pick<DesiredEnvelope, 'uid' | 'revision'> & { resource: string; object?: Live };

export type DesiredCopyOptions = CopyFileOptions;

type Listener = Parameters<DesiredState['onChange']>[0];

interface Entry {
  resource: string;
  object: Live;
}

const epochId = 'epoch';

export class DesiredCopy implements DesiredState {
  private readonly options: DesiredCopyOptions;
  private file: CopyFile;
  private readonly entries = new Map<string, Entry>();
  /** resource/namespace/name → uid. */
  private readonly uids = new Map<string, string>();
  private readonly digest = new Digest();
  private readonly listeners = new Set<Listener>();
  private savedEpoch = '';
  private lock: DirectoryLock | undefined;

  constructor(options: DesiredCopyOptions) {
    this.options = options;
    this.file = new CopyFile(options);
  }

  /**
   * Loads what is on the disk. Also brings memory and disk together again after `save` has failed. Throws UserError where
   * another process has the directory.
   */
  async open(): Promise<void> {
    const { directory } = this.options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    this.lock ??= await DirectoryLock.take(directory);
    this.file = new CopyFile(this.options);
    const saved = await this.file.open();
    this.entries.clear();
    this.uids.clear();
    this.digest.clear();
    this.savedEpoch = '';
    for (const { id, json, revision } of saved) {
      if (id === epochId) this.savedEpoch = json;
      else this.load(id, revision, json);
    }
  }

  /** Another process may have the directory. */
  async close(): Promise<void> {
    await this.lock?.release();
    this.lock = undefined;
  }

  /** Of the hub's history that the copy comes from; empty: none yet. */
  get epoch(): string {
    return this.savedEpoch;
  }

  get hash(): string {
    return this.digest.hash;
  }

  /** Objects held. */
  get size(): number {
    return this.digest.size;
  }

  /** uid → version. */
  versions(): Record<string, string> {
    return Object.fromEntries(this.digest.versions());
  }

  async saveEpoch(epoch: string): Promise<void> {
    if (epoch === this.savedEpoch) return;
    await this.file.save([{ id: epochId, revision: '', json: epoch }], []);
    this.savedEpoch = epoch;
  }

  /** Saves a batch durably, then shows it and tells of it. Rejects when the disk refuses: nothing of it is shown then. */
  async save(changes: readonly DesiredChange[]): Promise<void> {
    const set: Saved[] = [];
    const gone: string[] = [];
    for (const { resource, uid, revision, object } of changes) {
      const id = `${resource}/${uid}`;
      if (object && this.digest.version(uid) === revision) continue;
      if (object) set.push({ id, revision, json: JSON.stringify(object) });
      else if (this.entries.has(uid)) gone.push(`${this.entries.get(uid)?.resource ?? resource}/${uid}`);
    }
    if (set.length > 0 || gone.length > 0) await this.file.save(set, gone);
    for (const change of changes) this.show(change);
  }

  pods(): Live<Pod>[] {
    return [...this.entries.values()].filter(isOf<Pod>('pods')).map(({ object }) => object);
  }

  pod(uid: string): Live<Pod> | undefined {
    return only<Pod>('pods', this.entries.get(uid));
  }

  configMap(namespace: string, name: string): Live<ConfigMap> | undefined {
    return only<ConfigMap>('configmaps', this.named('configmaps', namespace, name));
  }

  secret(namespace: string, name: string): Live<Secret> | undefined {
    return only<Secret>('secrets', this.named('secrets', namespace, name));
  }

  claim(namespace: string, name: string): Live<PersistentVolumeClaim> | undefined {
    const resource = 'persistentvolumeclaims';
    return only<PersistentVolumeClaim>(resource, this.named(resource, namespace, name));
  }

  volume(name: string): Live<PersistentVolume> | undefined {
    return only<PersistentVolume>('persistentvolumes', this.named('persistentvolumes', '', name));
  }

  volumes(): Live<PersistentVolume>[] {
    const held = [...this.entries.values()];
    return held.filter(isOf<PersistentVolume>('persistentvolumes')).map(({ object }) => object);
  }

  services(namespace: string): Live<Service>[] {
    const held = [...this.entries.values()].filter(isOf<Service>('services')).map(({ object }) => object);
    const found = held.filter(({ metadata }) => metadata.namespace === namespace);
    return found.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  onChange(listener: Listener): void {
    this.listeners.add(listener);
  }

  private named(resource: string, namespace: string, name: string): Entry | undefined {
    const uid = this.uids.get(`${resource}/${namespace}/${name}`);
    return uid === undefined ? undefined : this.entries.get(uid);
  }

  private load(id: string, revision: string, json: string): void {
    const [resource = ''] = id.split('/');
    const object: Live = deepFreeze(JSON.parse(json));
    this.put(resource, revision, object);
  }

  private put(resource: string, revision: string, object: Live): void {
    const { uid, namespace = '', name } = object.metadata;
    this.entries.set(uid, { resource, object });
    this.uids.set(`${resource}/${namespace}/${name}`, uid);
    this.digest.set(uid, revision);
  }

  private show({ resource, uid, revision, object }: DesiredChange): void {
    const before = this.entries.get(uid);
    if (object) this.put(resource, revision, deepFreeze(object));
    else this.drop(uid, before);
    const shown = object ? { resource, object } : before;
    if (!shown) return;
    const { namespace = '', name } = shown.object.metadata;
    for (const listener of this.listeners) {
      listener({ resource: shown.resource, namespace, name, uid, gone: !object });
    }
  }

  private drop(uid: string, entry: Entry | undefined): void {
    if (!entry) return;
    const { namespace = '', name } = entry.object.metadata;
    const key = `${entry.resource}/${namespace}/${name}`;
    this.entries.delete(uid);
    // A successor of the same name may have come first.
    if (this.uids.get(key) === uid) this.uids.delete(key);
    this.digest.delete(uid);
  }
}

function isOf<T extends KubeObject>(resource: string) {
  return (entry: Entry): entry is Entry & { object: Live<T> } => entry.resource === resource;
}

function only<T extends KubeObject>(resource: string, entry: Entry | undefined): Live<T> | undefined {
  return entry && isOf<T>(resource)(entry) ? entry.object : undefined;
}
