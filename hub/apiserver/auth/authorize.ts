// May they? A list of authorizers is asked in turn until one allows it. Nobody does: no, for the reasons that they give.

import type { AccessReview } from '../request.ts';
import type { RuleSource } from './rules.ts';

export interface Decision {
  allowed: boolean;
  reason?: string;
}

export interface Authorizer extends RuleSource {
  /** Undefined: it does not allow it, and has nothing to say. */
  authorize(review: AccessReview): Decision | undefined;
}

export type Authorize = (review: AccessReview) => Promise<Decision>;

export function authorizeWith(authorizers: readonly Authorizer[]): Authorize {
  return async (review) => {
    const reasons: string[] = [];
    for (const authorizer of authorizers) {
      const decision = authorizer.authorize(review);
      if (decision?.allowed) return decision;
      if (decision?.reason) reasons.push(decision.reason);
    }
    return { allowed: false, ...(reasons.length > 0 && { reason: reasons.join('\n') }) };
  };
}

const allowed: Decision = { allowed: true };

/** Group system:masters may do everything, whatever becomes of the roles. What it may is told by its ClusterRoleBinding. */
export const mastersAuthorizer: Authorizer = {
  name: 'masters',
  authorize: ({ user }) => (user.groups.includes('system:masters') ? allowed : undefined),
  rules: () => undefined,
};

const healthPaths = ['/healthz', '/livez', '/readyz'];

/** Whoever watches over a hub hears how it is, whatever becomes of the roles (upstream's authorization-always-allow-paths). */
export const healthAuthorizer: Authorizer = {
  name: 'health',
  authorize: ({ path }) => (path !== undefined && healthPaths.includes(path) ? allowed : undefined),
  rules: () => undefined,
};
