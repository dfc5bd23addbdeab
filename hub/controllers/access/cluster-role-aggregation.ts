// Keeps the rules of ClusterRoles that are gathered from others: all rules of the roles that their selectors choose, in the
// order of the roles' names, each once (upstream's clusterroleaggregation).

import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { type ClusterRole, clusterroles } from '../../../shared/api/index.ts';
import { type Controller, mapped } from '../../../shared/client/index.ts';
import { deepEqual, type Live, selectorFrom } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';

export function clusterRoleAggregationController({ client, informers }: ControllerContext): Controller {
  const informer = informers.of(clusterroles);
  const gathering = () => informer.list().filter(({ aggregationRule }) => aggregationRule);

  return {
    name: 'clusterrole-aggregation',
    // Whichever role changes may be part of any that gathers: there are few of those.
    sources: [mapped(informer, () => gathering().map(({ metadata }) => metadata.name))],
    reconcile,
  };

  async function reconcile(name: string): Promise<void> {
    const role = informer.get(name);
    if (!role?.aggregationRule) return;
    const rules = gathered(role);
    if (deepEqual(rules, role.rules ?? [])) return;
    const answer = await orNothing(client.update(clusterroles, { ...role, rules }));
    if (answer) informer.learn(answer);
  }

  function gathered({ metadata, aggregationRule }: Live<ClusterRole>): PolicyRule[] {
    const parts = (aggregationRule?.clusterRoleSelectors ?? []).flatMap((selector) => {
      const chosen = selectorFrom(selector);
      return informer
        .list()
        .filter((other) => other.metadata.name !== metadata.name && chosen.matches(other.metadata.labels))
        .sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1))
        .flatMap(({ rules }) => rules ?? []);
    });
    return parts.filter((rule, at) => parts.findIndex((one) => deepEqual(one, rule)) === at);
  }
}
