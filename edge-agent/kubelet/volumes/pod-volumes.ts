// The volumes of one pod on this board: made before its first container, kept up to date, removed at its end.

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from './atomic-folder.ts';
import { makeEmptyDir, prepareHostPath } from './host-path.ts';
import { projectedFiles, type Volume, type VolumeContext, VolumeFault } from './projected-files.ts';

/** Why a volume cannot be made; the message is that of the kubelet's FailedMount event. */
export class MountFailure extends Error {
  constructor(volume: string, why: string) {
    super(`MountVolume.SetUp failed for volume "${volume}" : ${why}`);
  }
}

const isProjected = ({ configMap, secret, downwardAPI, projected }: Volume) =>
  Boolean(configMap ?? secret ?? downwardAPI ?? projected);

export class PodVolumes {
  private readonly directory: string;

  /** `directory`: the pod's own folder. */
  constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes what is missing; answers volume name → path on the board. Throws MountFailure for the first that fails. */
  async make(context: VolumeContext, now: number): Promise<Map<string, string>> {
    const paths = new Map<string, string>();
    for (const volume of context.pod.spec?.volumes ?? []) {
      try {
        paths.set(volume.name, await this.makeOne(volume, context, now));
      } catch (error) {
        if (!(error instanceof VolumeFault)) throw error;
        throw new MountFailure(volume.name, error.message);
      }
    }
    return paths;
  }

  /** Brings projected volumes up to date. Throws MountFailure when what they show is gone; they then stay as they are. */
  async refresh(context: VolumeContext, now: number): Promise<void> {
    for (const volume of (context.pod.spec?.volumes ?? []).filter(isProjected)) {
      try {
        await this.makeOne(volume, context, now);
      } catch (error) {
        if (!(error instanceof VolumeFault)) throw error;
        throw new MountFailure(volume.name, error.message);
      }
    }
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  private async makeOne(volume: Volume, context: VolumeContext, now: number): Promise<string> {
    const { emptyDir, hostPath, name } = volume;
    if (hostPath) return prepareHostPath(hostPath.path, hostPath.type ?? '');
    if (emptyDir) return makeEmptyDir(this.pathOf('empty-dir', name));
    if (isProjected(volume)) {
      const path = this.pathOf('projected', name);
      await writeAtomically(path, projectedFiles(volume, context), now);
      return path;
    }
    const kind = Object.keys(volume).find((key) => key !== 'name') ?? 'none';
    if (kind === 'none') return makeEmptyDir(this.pathOf('empty-dir', name));
    throw new VolumeFault(`volumes of type ${kind} are not supported on this node`);
  }

  private pathOf(kind: string, name: string): string {
    return join(this.directory, 'volumes', kind, name);
  }
}

/** The uids of all pods that have a folder under `root`. */
export async function podFolders(root: string): Promise<string[]> {
  return readdir(root).catch(() => []);
}
