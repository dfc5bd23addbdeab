// What a container may use, and how soon it is given up when the board's memory is used up. Pure.

import { type Container, isSidecar, type Pod, qosClass } from '../../../shared/api/index.ts';
import { type Live, Quantity } from '../../../shared/machinery/index.ts';
import type { ContainerResources } from '../../runtime/index.ts';
import { isCritical } from '../eviction/plan-eviction.ts';

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
/** As good as guaranteed, where also its priority, or that it is static, says so. */
const nodeCritical = 'system-node-critical';

/**
 * As the kubelet sets it (pkg/kubelet/qos/policy.go): the more memory was asked for, the later it is given up, and a sidecar not
 * before the main containers. `boardMemoryBytes`: all of it, not only what pods may use.
 */
export function oomScoreAdj(pod: Live<Pod>, container: Container, boardMemoryBytes: number): number {
  const spec = pod.spec ?? { containers: [] };
  if (spec.priorityClassName === nodeCritical && isCritical(pod)) return guaranteedScore;
  const qos = qosClass(spec);
  if (qos === 'Guaranteed') return guaranteedScore;
  if (qos === 'BestEffort') return bestEffortScore;
  const asked = isSidecar(container)
    ? Math.max(memoryRequest(container), Math.min(...spec.containers.map(memoryRequest)))
    : memoryRequest(container);
  const score = 1000 - Math.floor((1000 * asked) / boardMemoryBytes);
  return Math.min(bestEffortScore - 1, Math.max(1000 + guaranteedScore, score));
}

function memoryRequest({ resources: { requests = {}, limits = {} } = {} }: Container): number {
  const asked = requests.memory ?? limits.memory;
  return asked === undefined ? 0 : Quantity.parse(asked).value();
}
