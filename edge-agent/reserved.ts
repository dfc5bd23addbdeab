// What of the board is not for pods: what the options keep back for others, and what is left when pods would be ended for want
// of it (k8s.io/kubernetes pkg/kubelet/cm, node allocatable).

import { Quantity } from '../shared/machinery/index.ts';
import type { AgentConfig } from './config.ts';
import { type EvictionOptions, evictionPolicy } from './eviction-policy.ts';
import { quantityOf, type SignalName } from './kubelet/index.ts';
import type { BoardFacts, Reserved } from './node/index.ts';
import { parseReserved, type ReservedResource } from './option-parsers.ts';

type Options = EvictionOptions & Pick<AgentConfig, 'kubeReserved' | 'systemReserved'>;

export function reservedOn(facts: BoardFacts, config: Options): Reserved {
  const { thresholds } = evictionPolicy(config);
  const kept = [config.kubeReserved, config.systemReserved].map(parseReserved);
  const sum = (name: ReservedResource, value: (quantity: Quantity) => number) =>
    kept.reduce((total, amounts) => total + value(amounts.get(name) ?? Quantity.zero), 0);
  /** Before a pod is ended at once; a soft threshold keeps nothing back. */
  const least = (signal: SignalName, capacity: number) => {
    const hard = thresholds.filter((one) => one.signal === signal && one.graceMs === undefined);
    return Math.max(0, ...hard.map((threshold) => quantityOf(threshold, capacity)));
  };
  return {
    cpuMillis: sum('cpu', (amount) => amount.milliValue()),
    memoryBytes:
      sum('memory', (amount) => amount.value()) + Math.floor(least('memory.available', facts.memoryBytes)),
    storageBytes:
      sum('ephemeral-storage', (amount) => amount.value()) +
      Math.ceil(least('nodefs.available', facts.storageBytes)),
  };
}
