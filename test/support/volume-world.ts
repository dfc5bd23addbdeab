// The volumes of one pod in a temporary folder, over a desired state in memory; nothing stays mounted.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noNetwork } from '../../edge-agent/kubelet/network/node-network.ts';
import { Mounts } from '../../edge-agent/kubelet/volumes/mounts.ts';
import { PodVolumes } from '../../edge-agent/kubelet/volumes/pod-volumes.ts';
import type { VolumePlace } from '../../edge-agent/kubelet/volumes/volume-type.ts';
import type { PodSpec } from '../../shared/api/index.ts';
import { createLog } from '../../shared/base/index.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryDesiredState, podOf } from './memory-desired-state.ts';

export type Volume = Omit<NonNullable<PodSpec['volumes']>[number], 'name'>;

export class VolumeWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'kelp-volumes-'));
  readonly clock = new FakeClock('2026-01-01T00:00:00Z');
  readonly hub = new MemoryDesiredState();
  mounts: Mounts;
  volumes: PodVolumes;

  constructor(mounts = new Mounts()) {
    this.mounts = mounts;
    this.volumes = this.create();
  }

  /** As after a restart of the agent. */
  restart(): void {
    this.volumes = this.create();
  }

  /** As after a restart of an agent that could not mount, by one that can. */
  mayMount(): void {
    this.mounts = new Mounts();
    this.restart();
  }

  private create(): PodVolumes {
    const { hub, mounts, clock, folder } = this;
    return new PodVolumes({
      directory: join(folder, 'pod'),
      ...{ desired: hub, tokenRequests: hub, mounts, clock },
      localVolumes: join(folder, 'volumes'),
      log: createLog('test', 'silent'),
    });
  }

  facts(volume: Volume, spec: Partial<PodSpec> = {}) {
    return {
      pod: podOf({ containers: [], volumes: [{ name: 'v', ...volume }], ...spec }),
      ...{ nodeName: 'node1', hostIps: [], podIps: [], network: noNetwork },
      allocatable: { cpuMillis: 1000, memoryBytes: 64 * 1024 * 1024 },
    };
  }

  async make(volume: Volume, spec: Partial<PodSpec> = {}): Promise<VolumePlace> {
    const made = (await this.volumes.make(this.facts(volume, spec))).get('v');
    if (!made) throw new Error('no volume');
    return made;
  }

  async mounted(): Promise<string[]> {
    return this.mounts.below(this.folder);
  }

  /** Of /proc/self/mounts. */
  mountLine(point: string): string {
    const lines = readFileSync('/proc/self/mounts', 'utf8').split('\n');
    return lines.find((line) => line.split(' ')[1] === point) ?? '';
  }

  read(...path: string[]): string {
    return readFileSync(join(...path), 'utf8');
  }

  async end(): Promise<void> {
    for (const point of await this.mounted()) await this.mounts.unmount(point);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const isRoot = process.getuid?.() === 0;
