// What a type of volume is: one file, one row in volume-types.ts.

import type { PodSpec } from '../../../shared/api/index.ts';
import type { DesiredState } from '../../link/index.ts';
import type { PodFacts } from '../container/field-ref.ts';
import type { Mounts } from './mounts.ts';

export type Volume = NonNullable<PodSpec['volumes']>[number];

/** What else the kubelet's event names. */
interface FaultContext {
  /** The volume behind a claim; absent: the pod's own name for it. */
  volume?: string;
  /** What was being done; absent: the volume was being set up. */
  doing?: string;
}

/** A reason why the volume cannot be shown (yet); the message is kubelet's. */
export class VolumeFault extends Error {
  readonly context: FaultContext;

  constructor(message: string, context: FaultContext = {}) {
    super(message);
    this.context = context;
  }
}

/** In upstream's words, and why. */
export function withoutDriver(driver: string): VolumeFault {
  return new VolumeFault(
    `driver name ${driver} not found in the list of registered CSI drivers: this node runs none`,
  );
}

export interface VolumeContext extends PodFacts {
  desired: Pick<DesiredState, 'configMap' | 'secret' | 'claim' | 'volume'>;
  /** The pod's tokens, by `tokenKey`; those that could not be had are absent. */
  tokens: ReadonlyMap<string, string>;
  /** Why the newest request for a token failed. */
  tokenFault?: string;
  mounts: Mounts;
  /** The folder in which this node keeps volumes of its own. */
  localVolumes: string;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Where a volume is on this board. */
export interface VolumePlace {
  path: string;
  /** Containers may not write to it, whatever they ask for. */
  readOnly: boolean;
  /** The pod's fsGroup is to own what is in it, from its start on. */
  ownership?: true;
}

export interface VolumeType {
  /** The fields of a volume that choose it. */
  readonly fields: readonly (keyof Volume)[];
  /**
   * Makes what is missing. `folder`: the volume's own, below the pod's; it may not exist, and is removed with the pod.
   * Idempotent. Throws VolumeFault.
   */
  make(volume: Volume, folder: string, context: VolumeContext): Promise<VolumePlace>;
  /** True where `make` again brings it up to date. */
  readonly follows?: boolean;
}
