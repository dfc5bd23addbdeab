// What `kelp get` may be told, as its command line is read.

import type { AccessFlags } from '../kubeconfig.ts';
import type { FileFlags } from '../manifests/index.ts';

export interface GetFlags extends AccessFlags, FileFlags {
  allNamespaces?: boolean;
  output: string;
  selector: string;
  fieldSelector: string;
  watch?: boolean;
  watchOnly?: boolean;
  outputWatchEvents?: boolean;
  showLabels?: boolean;
  labelColumns?: string[];
  /** False for `--no-headers`. */
  headers: boolean;
  sortBy: string;
  showKind?: boolean;
  showManagedFields?: boolean;
  ignoreNotFound?: boolean;
  chunkSize: number;
  raw?: string;
}
