// How long pods have for their end when the board goes down, from the agent's options.

import { UserError } from '../shared/base/index.ts';
import type { AgentConfig } from './config.ts';
import { plainPeriods, type ShutdownPeriod } from './kubelet/index.ts';

export type ShutdownOptions = Pick<
  AgentConfig,
  'shutdownGracePeriod' | 'shutdownGracePeriodCriticalPods' | 'shutdownGracePeriodByPodPriority'
>;

/** None: pods are left to the board's own end. Throws UserError where options do not fit together. */
export function shutdownPeriods(options: ShutdownOptions): readonly ShutdownPeriod[] {
  const { shutdownGracePeriodByPodPriority: periods } = options;
  const { shutdownGracePeriod: total, shutdownGracePeriodCriticalPods: critical } = options;
  if (critical > total) {
    const most = `must be at most shutdownGracePeriod (${total}), of which it is a part`;
    throw new UserError(`shutdownGracePeriodCriticalPods: ${critical}: ${most}`);
  }
  if (periods.length === 0) return plainPeriods({ total, critical });
  if (total === 0) return periods;
  throw new UserError(
    'shutdownGracePeriodByPodPriority: says the same as shutdownGracePeriod and shutdownGracePeriodCriticalPods: leave these out',
  );
}
