// The node's conditions from what the board is short of, with the kubelet's reasons and messages. Pure.

import type { NodeCondition } from '../../shared/api/index.ts';
import { formatTime } from '../../shared/machinery/index.ts';
import type { FlashWear } from './flash-wear.ts';

/** What the board is short of, by the condition's type. */
export type Pressures = ReadonlySet<string>;

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
export function verdictsOf(
  pressures: Pressures,
  notReady: string | undefined,
  wear: readonly FlashWear[] = [],
  network?: { lacking?: string },
): Verdict[] {
  return [
    pressure('MemoryPressure', pressures.has('MemoryPressure'), {
      on: ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'],
      off: ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    }),
    pressure('DiskPressure', pressures.has('DiskPressure'), {
      on: ['KubeletHasDiskPressure', 'kubelet has disk pressure'],
      off: ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    }),
    pressure('PIDPressure', pressures.has('PIDPressure'), {
      on: ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
      off: ['KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    }),
    ...wearVerdict(wear),
    ...networkVerdict(network),
    notReady === undefined
      ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: notReady },
  ];
}

/** Only where a medium tells of itself: eMMC does, most SD cards do not. */
function wearVerdict(wear: readonly FlashWear[]): Verdict[] {
  const [worst] = [...wear].sort(
    (a, b) => Number(b.nearEnd) - Number(a.nearEnd) || b.usedPercent - a.usedPercent,
  );
  if (!worst) return [];
  const { device, usedPercent, nearEnd } = worst;
  const used = `${device} has used ${usedPercent} % of its estimated life`;
  return [
    pressure('FlashWear', nearEnd, {
      on: ['FlashNearEndOfLife', `${used}: replace it soon`],
      off: ['FlashIsGood', used],
    }),
  ];
}

/** Of process pods; podman's have one of their own. */
function networkVerdict(network: { lacking?: string } | undefined): Verdict[] {
  if (!network) return [];
  const { lacking } = network;
  const words = {
    on: ['PodsHaveAddresses', 'pods have a network of their own'],
    off: ['PodsShareNodeNetwork', `pods share the network of the node: ${lacking}`],
  } satisfies Parameters<typeof pressure>[2];
  return [pressure('PodNetwork', lacking === undefined, words)];
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
