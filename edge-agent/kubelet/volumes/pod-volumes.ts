// The volumes of one pod on this board: made before its first container, kept up to date, removed at its end.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../../shared/api/index.ts';
import { type Clock, type Logger, messageOf } from '../../../shared/base/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import type { TokenRequests } from '../../link/index.ts';
import type { PodFacts } from '../container/field-ref.ts';
import { BoundTokens } from './bound-tokens.ts';
import { MountFault, type Mounts } from './mounts.ts';
import { own, volumeGroup } from './ownership.ts';
import { inMemory } from './projected.ts';
import { type MeasuredFolders, StorageUsage } from './storage-usage.ts';
import { prepareSubPath } from './sub-path.ts';
import { type Volume, type VolumeContext, VolumeFault, type VolumePlace } from './volume-type.ts';
import { isFollowing, typeOf } from './volume-types.ts';

// In the pod's own folder.
const volumesFolder = 'volumes';
const subPathsFolder = 'volume-subpaths';
/** Names of the volumes that were given to the pod's group. */
const ownedNote = 'owned';

/** Why a volume cannot be made; the message is that of the kubelet's FailedMount event. */
export class MountFailure extends Error {
  constructor(volume: string, why: string, doing = 'MountVolume.SetUp') {
    super(`${doing} failed for volume "${volume}" : ${why}`);
  }
}

export interface PodVolumesOptions {
  /** The pod's own folder. */
  directory: string;
  desired: VolumeContext['desired'];
  tokenRequests: TokenRequests;
  mounts: Mounts;
  /** The folder in which this node keeps volumes of its own. */
  localVolumes: string;
  clock: Clock;
  log: Logger;
}

export class PodVolumes {
  private readonly options: PodVolumesOptions;
  private readonly tokens: BoundTokens;
  private readonly usage: StorageUsage;

  constructor(options: PodVolumesOptions) {
    const { directory, tokenRequests: requests, clock, log } = options;
    this.options = options;
    this.tokens = new BoundTokens(directory, { requests, clock, log });
    this.usage = new StorageUsage(clock);
  }

  /** Makes what is missing; answers volume name → where it is. Throws MountFailure for the first that fails. */
  async make(facts: PodFacts): Promise<Map<string, VolumePlace>> {
    await mkdir(this.options.directory, { recursive: true, mode: 0o700 });
    const context = await this.contextOf(facts);
    const places = new Map<string, VolumePlace>();
    for (const volume of facts.pod.spec?.volumes ?? []) {
      places.set(volume.name, await this.makeOne(volume, context));
    }
    await this.giveToGroup(facts.pod, places);
    return places;
  }

  /** Brings up to date what follows. Throws MountFailure when what it shows is gone; it then stays as it is. */
  async refresh(facts: PodFacts): Promise<void> {
    const following = (facts.pod.spec?.volumes ?? []).filter(isFollowing);
    if (following.length === 0) return;
    const context = await this.contextOf(facts);
    for (const volume of following) await this.makeOne(volume, context);
  }

  /** Milliseconds until `refresh` has something to do by itself; undefined: only when what it shows changes. */
  untilRefresh(pod: Live<Pod>): number | undefined {
    return this.tokens.untilNext(pod);
  }

  /** Milliseconds until `overfull` is to be asked again; undefined: nothing is limited. */
  untilLook(pod: Live<Pod>): number | undefined {
    return this.usage.untilNext(pod);
  }

  /** Why the pod is to be evicted; undefined: its volumes and containers are within their limits. */
  async overfull(pod: Live<Pod>, ofContainers: MeasuredFolders['ofContainers']): Promise<string | undefined> {
    return this.usage.look(pod, { ofVolume: (volume) => this.folderOf(volume), ofContainers });
  }

  /** Where a container finds a part of a volume. Throws VolumeFault, MountFault. */
  async subPath(place: VolumePlace, subPath: string, container: string, index: number): Promise<string> {
    const { directory, mounts } = this.options;
    const target = join(directory, subPathsFolder, container, String(index));
    return prepareSubPath({ volume: place.path, subPath, target }, mounts);
  }

  /** While nothing of the pod runs: takes down what `make` and `subPath` make anew from what is kept of it elsewhere. */
  async takeDown(): Promise<void> {
    const { directory, mounts } = this.options;
    const folders = inMemory.map((kind) => join(volumesFolder, kind));
    for (const folder of [subPathsFolder, ...folders]) await mounts.remove(join(directory, folder));
  }

  /** Gives back what a pod that has ended needs no more: memory, servers, and its own room on the disk. */
  async release(): Promise<void> {
    const { directory, mounts } = this.options;
    for (const folder of [subPathsFolder, volumesFolder, ownedNote])
      await mounts.remove(join(directory, folder));
  }

  /** Unmounts what is mounted, and removes what is this pod's alone. */
  async remove(): Promise<void> {
    await this.options.mounts.remove(this.options.directory);
  }

  private async contextOf(facts: PodFacts): Promise<VolumeContext> {
    const { desired, mounts, localVolumes, clock } = this.options;
    const tokens = await this.tokens.forPod(facts.pod);
    const { fault: tokenFault } = this.tokens;
    return {
      ...{ ...facts, desired, tokens, mounts, localVolumes, now: clock.now() },
      ...(tokenFault !== undefined && { tokenFault }),
    };
  }

  private async makeOne(volume: Volume, context: VolumeContext): Promise<VolumePlace> {
    try {
      return await typeOf(volume).make(volume, this.folderOf(volume), context);
    } catch (error) {
      if (error instanceof MountFault) throw new MountFailure(volume.name, error.message);
      if (!(error instanceof VolumeFault)) throw error;
      const { volume: name = volume.name, doing } = error.context;
      throw new MountFailure(name, error.message, doing);
    }
  }

  private folderOf(volume: Volume): string {
    const kind = Object.keys(volume).find((key) => key !== 'name') ?? 'emptyDir';
    return join(this.options.directory, volumesFolder, kind, volume.name);
  }

  /** Once for each volume: what its files are afterwards is up to the pod. */
  private async giveToGroup(pod: Live<Pod>, places: ReadonlyMap<string, VolumePlace>): Promise<void> {
    const fsGroup = volumeGroup(pod);
    const { fsGroupChangePolicy } = pod.spec?.securityContext ?? {};
    if (fsGroup === undefined) return;
    const note = join(this.options.directory, ownedNote);
    const owned = (await readFile(note, 'utf8').catch(() => '')).split('\n');
    const policy = fsGroupChangePolicy === 'OnRootMismatch' ? 'OnRootMismatch' : 'Always';
    for (const [name, place] of places) {
      if (place.ownership === undefined || owned.includes(name)) continue;
      try {
        await own(place, { fsGroup, policy });
      } catch (error) {
        throw new MountFailure(name, messageOf(error));
      }
      await writeFile(note, `${name}\n`, { flag: 'a', mode: 0o600 });
    }
  }
}

/** The uids of all pods that have a folder under `root`. */
export async function podFolders(root: string): Promise<string[]> {
  return readdir(root).catch(() => []);
}
