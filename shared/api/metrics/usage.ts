// What both Kinds of metrics.k8s.io have in common: amounts in use, over how long they were measured.

/** CPU in billionths (`12345678n`), memory in kibibytes (`2048Ki`). */
export interface Usage {
  cpu: string;
  memory: string;
}

export interface Measured {
  /** RFC 3339: when the window ended. */
  timestamp: string;
  /** A Go duration, e.g. `10.2s`. */
  window: string;
}

/** As the kubelet says it: billionths of a core, bytes. */
export function usageOf(nanoCores: number, bytes: number): Usage {
  return { cpu: `${Math.round(nanoCores)}n`, memory: `${Math.round(bytes / 1024)}Ki` };
}
