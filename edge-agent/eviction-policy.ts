// When this agent ends pods for want of something, from its options.

import { messageOf, UserError } from '../shared/base/index.ts';
import type { AgentConfig } from './config.ts';
import { evictionThresholds, type KubeletOptions } from './kubelet/index.ts';

export type EvictionOptions = Pick<
  AgentConfig,
  | 'evictionHard'
  | 'evictionSoft'
  | 'evictionSoftGracePeriod'
  | 'evictionMaxPodGracePeriod'
  | 'evictionMinimumReclaim'
  | 'evictionPressureTransitionPeriod'
>;

/** Throws UserError where options do not fit together. */
export function evictionPolicy(config: EvictionOptions): NonNullable<KubeletOptions['eviction']> {
  const { evictionHard: hard, evictionSoft: soft, evictionSoftGracePeriod: softGracePeriod } = config;
  try {
    return {
      thresholds: evictionThresholds({
        ...{ hard, soft, softGracePeriod },
        minimumReclaim: config.evictionMinimumReclaim,
      }),
      maxPodGraceSeconds: config.evictionMaxPodGracePeriod,
      transition: config.evictionPressureTransitionPeriod * 1000,
    };
  } catch (error) {
    throw new UserError(messageOf(error), { cause: error });
  }
}
