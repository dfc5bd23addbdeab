// What every way of getting an image is given, and what comes out of it: files in a work folder that is not yet an image.

import type { Clock } from '../../../shared/base/index.ts';
import type { ImageCredentials } from '../runtime.ts';
import type { PullRun } from '../shared-pulls.ts';
import type { DiskRoom } from './disk-room.ts';
import type { Downloads } from './downloads.ts';
import type { Board } from './oci-manifest.ts';
import type { StoredImage } from './stored-image.ts';

export interface Pull extends PullRun {
  credentials: readonly ImageCredentials[];
  board: Board;
  /** Empty, for a folder `files`. */
  workFolder: string;
  /** Where files grow; they are kept over tries. */
  downloads: Downloads;
  room: DiskRoom;
  clock: Clock;
  /** The version that is there of what the name leads to. */
  haveVersion: string | undefined;
  /** Whether an image of that id is there. */
  has(id: string): boolean;
}

export interface Pulled {
  id: string;
  /** `name:tag` and `name@digest`. */
  names: string[];
  version?: string;
  /** Undefined: an image of that id is there already. */
  fresh?: Pick<StoredImage, 'kind' | 'sizeBytes' | 'config'>;
}

/** Answered where the name leads to what is there. */
export const unchanged = 'unchanged';
