// When this agent removes images that nothing needs, from its options.

import { UserError } from '../shared/base/index.ts';
import type { AgentConfig } from './config.ts';
import type { KubeletOptions } from './kubelet/index.ts';

/** Throws UserError where options do not fit together. */
export function imageGcPolicy(config: AgentConfig): NonNullable<KubeletOptions['imageGc']> {
  const { imageGcHighThreshold: highPercent, imageGcLowThreshold: lowPercent } = config;
  const { imageMinimumGcAge: minimumAge, imageMaximumGcAge: maximumAge } = config;
  if (lowPercent >= highPercent)
    throw new UserError(
      `imageGcLowThreshold: ${lowPercent}: must be less than imageGcHighThreshold, which is ${highPercent}`,
    );
  if (maximumAge > 0 && maximumAge <= minimumAge)
    throw new UserError(
      `imageMaximumGCAge: ${maximumAge / 1000}s: must be more than imageMinimumGCAge, which is ${minimumAge / 1000}s`,
    );
  return { highPercent, lowPercent, minimumAge, maximumAge };
}
