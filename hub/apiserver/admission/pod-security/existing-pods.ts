// What the pods that are there already would be against, once their namespace enforces more: its author is warned.

import type { Pod } from '../../../../shared/api/index.ts';
import type { Clock } from '../../../../shared/base/index.ts';
import { controllerOf, type Live } from '../../../../shared/machinery/index.ts';
import { reasonsOf, violationsOf } from './checks/index.ts';
import { checkedPod } from './pod-specs.ts';
import { type LevelVersion, levelText } from './policy.ts';

/** Bounds of one look. */
const mostPods = 3000;
/** Milliseconds. */
const longest = 1000;

/** `pods`: those of the namespace that are not exempt. */
export function existingPodWarnings(
  namespace: string,
  pods: readonly Live<Pod>[],
  level: LevelVersion,
  clock: Clock,
): string[] {
  const until = clock.monotonic() + longest;
  const named = new Map<string, string[]>();
  let looked = 0;
  for (const pod of inTurn(pods).slice(0, mostPods)) {
    const subject = checkedPod(pod);
    const reasons = subject ? reasonsOf(violationsOf(level, subject)) : '';
    const alike = named.get(reasons);
    if (alike) alike.push(pod.metadata.name);
    else if (reasons) named.set(reasons, [pod.metadata.name]);
    looked += 1;
    if (clock.monotonic() > until) break;
  }
  const said = [...named].map(([reasons, names]) => `${these(names)}: ${reasons}`).sort();
  const some = `new PodSecurity enforce level only checked against the first ${looked} of ${pods.length} existing pods`;
  const against = `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${levelText(level)}"`;
  return [...(looked < pods.length ? [some] : []), ...(said.length > 0 ? [against] : []), ...said];
}

/** First one pod of each controller: the others are alike. */
function inTurn(pods: readonly Live<Pod>[]): Live<Pod>[] {
  const seen = new Set<string>();
  const more: Live<Pod>[] = [];
  const first = pods.filter((pod) => {
    const owner = controllerOf(pod)?.uid;
    if (owner === undefined || !seen.has(owner)) {
      if (owner !== undefined) seen.add(owner);
      return true;
    }
    more.push(pod);
    return false;
  });
  return [...first, ...more];
}

/** `web (and 2 other pods)`: the first by name. */
function these(names: readonly string[]): string {
  const [first = ''] = names.toSorted();
  const others = names.length - 1;
  if (others === 0) return first;
  return `${first} (and ${others} other ${others === 1 ? 'pod' : 'pods'})`;
}
