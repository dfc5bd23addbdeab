// What a node says of its use of itself, in the form of the kubelet's Summary API (/stats/summary).

export interface CpuStats {
  /** RFC 3339. */
  time: string;
  /** Billionths of a core, over the window. */
  usageNanoCores: number;
  /** Billionths of a second since the start. */
  usageCoreNanoSeconds: number;
}

export interface MemoryStats {
  time: string;
  /** Bytes that cannot be taken back. */
  workingSetBytes: number;
  rssBytes?: number;
  availableBytes?: number;
}

export interface ContainerStats {
  name: string;
  startTime: string;
  cpu: CpuStats;
  memory: MemoryStats;
}

export interface PodStats {
  podRef: { name: string; namespace: string; uid: string };
  /** Those that run. */
  containers: ContainerStats[];
}

export interface StatsSummary {
  node: { nodeName: string; cpu: CpuStats; memory: MemoryStats };
  pods: PodStats[];
  /** How long the CPU's use was measured, milliseconds. */
  windowMs: number;
}
