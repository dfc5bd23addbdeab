// As whom the hub's own parts ask the API. What keeps the world in order may do what upstream's has to do, and no more:
// each controller is an account of its own (apiserver/rbac/controller-roles.ts), so that an audit log, webhooks and
// policies can tell them apart. The writers' names in `managedFields` are upstream's programs.

import { accountGroups, accountUserName } from '../shared/api/index.ts';
import type { UserInfo } from './apiserver/index.ts';

export interface Actor {
  user: UserInfo;
  userAgent: string;
}

const authenticated = 'system:authenticated';

/** What serves the API, and what has to work without any role: the hub's own start, its bridge to the nodes. */
export const hubItself: Actor = {
  user: { name: 'system:kelp-hub', groups: ['system:masters', authenticated] },
  userAgent: 'kelp-hub',
};

export const theScheduler: Actor = {
  user: { name: 'system:kube-scheduler', groups: [authenticated] },
  userAgent: 'kube-scheduler',
};

/** What reads for all controllers, and tells of what they do. */
export const controllerManager: Actor = {
  user: { name: 'system:kube-controller-manager', groups: [authenticated] },
  userAgent: 'kube-controller-manager',
};

const namespace = 'kube-system';

export function controller(account: string): Actor {
  const groups = [...accountGroups(namespace), authenticated];
  return {
    user: { name: accountUserName(namespace, account), groups },
    userAgent: controllerManager.userAgent,
  };
}
