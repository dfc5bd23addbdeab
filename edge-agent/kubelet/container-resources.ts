// What a container may use, and how soon it is given up when the board's memory is used up. Pure.

import { type Container, type Pod, qosClass } from '../../shared/api/index.ts';
import { type Live, Quantity } from '../../shared/machinery/index.ts';
import type { ContainerResources } from '../runtime/index.ts';

/** Undefined: it may use what there is. */
export function containerResources({ resources }: Container): ContainerResources | undefined {
  const { limits = {}, requests = {} } = resources ?? {};
  const { cpu, memory } = limits;
  const cpuRequest = requests.cpu ?? cpu;
  if (cpu === undefined && memory === undefined && cpuRequest === undefined) return undefined;
  return {
    ...(cpu !== undefined && { cpuMillis: Quantity.parse(cpu).milliValue() }),
    ...(cpuRequest !== undefined && { cpuRequestMillis: Quantity.parse(cpuRequest).milliValue() }),
    ...(memory !== undefined && { memoryBytes: Quantity.parse(memory).value() }),
  };
}

const guaranteedScore = -997;
const bestEffortScore = 1000;
/** system-node-critical and above are as good as guaranteed. */
const nodeCritical = 2_000_001_000;

/** As the kubelet sets it (pkg/kubelet/qos/policy.go): the more memory was asked for, the later it is given up. */
export function oomScoreAdj(pod: Live<Pod>, container: Container, boardMemoryBytes: number): number {
  const spec = pod.spec ?? { containers: [] };
  if ((spec.priority ?? 0) >= nodeCritical) return guaranteedScore;
  const qos = qosClass(spec);
  if (qos === 'Guaranteed') return guaranteedScore;
  if (qos === 'BestEffort') return bestEffortScore;
  const { requests = {}, limits = {} } = container.resources ?? {};
  const asked = requests.memory ?? limits.memory;
  const bytes = asked === undefined ? 0 : Quantity.parse(asked).value();
  const score = 1000 - Math.floor((1000 * bytes) / boardMemoryBytes);
  return Math.min(bestEffortScore - 1, Math.max(1000 + guaranteedScore, score));
}
