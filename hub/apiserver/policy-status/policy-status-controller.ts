// Says in the status of every ValidatingAdmissionPolicy that it was seen, and which of its expressions do not fit the types
// of the objects that it is about.

import {
  type Resource,
  type ValidatingAdmissionPolicy,
  validatingadmissionpolicies,
} from '../../../shared/api/index.ts';
import {
  type Client,
  type Controller,
  each,
  type InformerFactory,
  type Outcome,
} from '../../../shared/client/index.ts';
import { apiVersionOf, type Live, type SchemaSet } from '../../../shared/machinery/index.ts';
import type { Rule } from '../admission/webhooks/match-resources.ts';
import type { ResourceIndex } from '../resource-index.ts';
import type { CheckedKind } from './check-policy.ts';

export interface PolicyStatusOptions {
  client: Client;
  informers: InformerFactory;
  index: ResourceIndex;
  schemas(): SchemaSet;
}

/** As upstream: a policy about more Kinds is checked for the first of them. */
const mostKinds = 10;

type Policy = Live<ValidatingAdmissionPolicy>;

export function policyStatusController({
  client,
  informers,
  index,
  schemas,
}: PolicyStatusOptions): Controller {
  const informer = informers.of(validatingadmissionpolicies);
  return { name: 'validatingadmissionpolicy-status', sources: [each(informer)], reconcile };

  async function reconcile(name: string): Promise<Outcome> {
    const policy = informer.get(name);
    const { generation } = policy?.metadata ?? {};
    if (!policy || generation === undefined || policy.status?.observedGeneration === generation) return;
    const warnings = await warningsFor(policy);
    const typeChecking = warnings.length > 0 ? { expressionWarnings: warnings } : {};
    const status = { ...policy.status, observedGeneration: generation, typeChecking };
    informer.learn(
      await client.update(validatingadmissionpolicies, { ...policy, status }, { subresource: 'status' }),
    );
  }

  async function warningsFor({ spec = {} }: Policy) {
    const kinds = await kindsOf(spec);
    if (kinds.length === 0) return [];
    const { expressionWarnings } = await import('./check-policy.ts');
    const { apiVersion = '', kind = '' } = spec.paramKind ?? {};
    const [version = '', group = ''] = apiVersion.split('/').reverse();
    const params = index.findKind(group, version, kind);
    return expressionWarnings(spec, kinds, schemas(), params && (await typeOf(params)));
  }

  /** What rules name without wildcards and subresources. */
  async function kindsOf({ matchConstraints }: NonNullable<Policy['spec']>): Promise<CheckedKind[]> {
    const rows = new Set<Resource>();
    const rules: readonly Rule[] = matchConstraints?.resourceRules ?? [];
    for (const { apiGroups = [], apiVersions = [], resources = [] } of rules)
      for (const group of apiGroups)
        for (const version of apiVersions)
          for (const resource of resources) {
            const row = index.find(group, version, resource);
            if (row && !row.virtual) rows.add(row);
          }
    const found: CheckedKind[] = [];
    for (const row of [...rows].slice(0, mostKinds))
      found.push({ name: `${apiVersionOf(row)}, Kind=${row.kind}`, type: await typeOf(row) });
    return found.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async function typeOf(row: Resource): Promise<string> {
    return (await index.strategyOf(row)).schema;
  }
}
