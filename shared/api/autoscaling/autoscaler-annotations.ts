// The annotations in which autoscaling/v1 has what v2 has fields for. They are made for v1: nobody else sees or writes them.

import type { ObjectMeta } from '../../machinery/index.ts';

const prefix = 'autoscaling.alpha.kubernetes.io';
export const annotations = {
  metrics: `${prefix}/metrics`,
  currentMetrics: `${prefix}/current-metrics`,
  conditions: `${prefix}/conditions`,
  behavior: `${prefix}/behavior`,
} as const;

/** The metadata with these annotations in place of all that conversion makes. */
export function withAnnotations(metadata: ObjectMeta, made: Readonly<Record<string, string>>): ObjectMeta {
  const { annotations: given, ...rest } = metadata;
  const own = Object.entries(given ?? {}).filter(
    ([key]) => !Object.values(annotations).some((each) => each === key),
  );
  const all = { ...Object.fromEntries(own), ...made };
  return { ...rest, ...(Object.keys(all).length > 0 && { annotations: all }) };
}
