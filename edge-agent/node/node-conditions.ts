// The node's conditions from its resources, with the kubelet's thresholds, reasons and messages. Pure.

import type { NodeCondition } from '../../shared/api/index.ts';
import { formatTime } from '../../shared/machinery/index.ts';

export interface BoardUsage {
  memoryAvailableBytes: number;
  storageAvailableBytes: number;
  storageBytes: number;
  processes: number;
  mostProcesses: number;
}

/** The kubelet's default thresholds for eviction. */
const leastMemoryBytes = 100 * 1024 * 1024;
const leastStorageShare = 0.1;
const leastPidShare = 0.02;

interface Verdict {
  type: string;
  status: 'True' | 'False';
  reason: string;
  message: string;
}

function pressure(
  type: string,
  under: boolean,
  words: { on: [string, string]; off: [string, string] },
): Verdict {
  const [reason, message] = under ? words.on : words.off;
  return { type, status: under ? 'True' : 'False', reason, message };
}

/** The words of an event, and of `status is now`, are the condition's reason without its prefix. */
export function verdictsOf(usage: BoardUsage, notReady: string | undefined): Verdict[] {
  return [
    pressure('MemoryPressure', usage.memoryAvailableBytes < leastMemoryBytes, {
      on: ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'],
      off: ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    }),
    pressure('DiskPressure', usage.storageAvailableBytes < usage.storageBytes * leastStorageShare, {
      on: ['KubeletHasDiskPressure', 'kubelet has disk pressure'],
      off: ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    }),
    pressure('PIDPressure', usage.mostProcesses - usage.processes < usage.mostProcesses * leastPidShare, {
      on: ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
      off: ['KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    }),
    notReady === undefined
      ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: notReady },
  ];
}

/** Conditions with their times: the transition's is carried over, the heartbeat is `now` (milliseconds). */
export function conditionsOf(
  verdicts: readonly Verdict[],
  previous: readonly NodeCondition[],
  now: number,
): NodeCondition[] {
  const time = formatTime(now);
  return verdicts.map((verdict) => {
    const old = previous.find(({ type }) => type === verdict.type);
    const lastTransitionTime = old?.status === verdict.status ? (old.lastTransitionTime ?? time) : time;
    return { ...verdict, lastHeartbeatTime: time, lastTransitionTime };
  });
}

/** True when something but the heartbeat differs. */
export function changed(next: readonly NodeCondition[], previous: readonly NodeCondition[]): boolean {
  if (next.length !== previous.length) return true;
  return next.some((condition, index) => {
    const old = previous[index];
    return (
      old?.status !== condition.status || old.reason !== condition.reason || old.message !== condition.message
    );
  });
}
