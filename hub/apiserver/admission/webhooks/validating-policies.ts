// ValidatingAdmissionPolicy: rules in CEL that bindings put to use. What a binding wants in the audit log is not kept:
// there is no audit log.

import {
  type Resource,
  type ValidatingAdmissionPolicy,
  type ValidatingAdmissionPolicyBinding,
  validatingadmissionpolicies,
  validatingadmissionpolicybindings,
} from '../../../../shared/api/index.ts';
import { ApiError, forbidden, type KubeObject, type Live } from '../../../../shared/machinery/index.ts';
import type { Store } from '../../../store/index.ts';
import type { ObjectReader } from '../../object-reader.ts';
import type { Authorize } from '../../pipeline.ts';
import type { ResourceIndex } from '../../resource-index.ts';
import type { AdmissionPlugin } from '../admission-plugin.ts';
import { type Attributes, attributesOf, connectAttributes, keyOf } from './admission-attributes.ts';
import { Equivalents } from './equivalents.ts';
import { KeptList } from './kept-list.ts';
import { isExempt, matchesSelectors, namespaceReader, type Rule, type Selectors } from './match-resources.ts';
import type { Objection } from './policy-decisions.ts';
import { type ParamSource, paramsOf } from './policy-params.ts';

export interface ValidatingPoliciesOptions {
  store: Store;
  reader: ObjectReader;
  index: ResourceIndex;
  authorize: Authorize;
}

type Policy = Live<ValidatingAdmissionPolicy>;
type Binding = Live<ValidatingAdmissionPolicyBinding>;
type NamespaceOf = () => Promise<KubeObject | undefined>;

interface MatchResources extends Selectors {
  matchPolicy?: string;
  resourceRules?: Rule[];
  excludeResourceRules?: Rule[];
}

/** What a check works with. */
interface World extends ParamSource {
  equivalents: Equivalents;
  authorize: Authorize;
}

export function validatingPolicies({
  store,
  reader,
  index,
  authorize,
}: ValidatingPoliciesOptions): AdmissionPlugin {
  const policies = new KeptList({ store, reader, row: validatingadmissionpolicies });
  const bindings = new KeptList({ store, reader, row: validatingadmissionpolicybindings });
  const world = { reader, index, authorize, equivalents: new Equivalents({ index }) };
  const check = async (attributes: Attributes) => {
    const bound = await bindings.all();
    if (bound.length === 0 || isExempt(attributes)) return;
    const namespaceOf = namespaceReader(reader, attributes);
    const denials: Denial[] = [];
    for (const policy of await policies.all()) {
      const mine = bound.filter(({ spec }) => spec?.policyName === policy.metadata.name);
      if (mine.length === 0) continue;
      const row = await matchedRow(policy.spec?.matchConstraints, attributes, namespaceOf, world);
      if (!row) continue;
      const seen = await world.equivalents.seenAs(attributes, row);
      for (const binding of mine) {
        if (!(await matchedRow(binding.spec?.matchResources, attributes, namespaceOf, world))) continue;
        denials.push(...(await checkBinding(policy, binding, seen, namespaceOf, world)));
      }
    }
    const [first] = denials;
    if (first) throw refusal(attributes, first);
  };
  return {
    name: 'ValidatingAdmissionPolicy',
    validate: (request, object, old) => check(attributesOf(request, object, old)),
    connect: (request) => check(connectAttributes(request)),
  };
}

interface Denial {
  policy: string;
  binding: string;
  objection: Objection;
}

/** In whose words the write is meant; undefined: it is not. */
async function matchedRow(
  constraints: MatchResources = {},
  attributes: Attributes,
  namespaceOf: NamespaceOf,
  { equivalents }: World,
): Promise<Resource | undefined> {
  const { resourceRules = [], excludeResourceRules = [], matchPolicy } = constraints;
  if (equivalents.matching(excludeResourceRules, matchPolicy, attributes)) return undefined;
  const row =
    resourceRules.length > 0
      ? equivalents.matching(resourceRules, matchPolicy, attributes)
      : attributes.request.resource;
  return row && (await matchesSelectors(constraints, attributes, namespaceOf)) ? row : undefined;
}

/** Warns, and answers what denies the write. */
async function checkBinding(
  policy: Policy,
  binding: Binding,
  attributes: Attributes,
  namespaceOf: NamespaceOf,
  world: World,
): Promise<Denial[]> {
  const names = { policy: policy.metadata.name, binding: binding.metadata.name };
  const { objections, broken } = await objectionsOf(policy, binding, attributes, namespaceOf, world);
  const actions = broken ? ['Deny'] : (binding.spec?.validationActions ?? []);
  if (actions.includes('Warn'))
    for (const { message } of objections)
      attributes.request.warn?.(
        `Validation failed for ValidatingAdmissionPolicy '${names.policy}' with binding '${names.binding}': ${message}`,
      );
  return actions.includes('Deny') ? objections.map((objection) => ({ ...names, objection })) : [];
}

/** `broken`: the binding could not be put to use, which denies whatever its actions are. */
async function objectionsOf(
  { spec = {} }: Policy,
  binding: Binding,
  attributes: Attributes,
  namespaceOf: NamespaceOf,
  world: World,
): Promise<{ objections: Objection[]; broken: boolean }> {
  const objections: Objection[] = [];
  let params: readonly (KubeObject | undefined)[];
  try {
    params = await paramsOf(spec.paramKind, binding.spec?.paramRef, attributes, world);
  } catch (error) {
    if (spec.failurePolicy === 'Ignore') return { objections, broken: false };
    const why = error instanceof Error ? error.message : String(error);
    return { objections: [{ message: `failed to configure binding: ${why}` }], broken: true };
  }
  const { objectionsTo } = await import('./policy-decisions.ts');
  const namespace = await namespaceOf();
  for (const each of params)
    objections.push(...(await objectionsTo(spec, attributes, each, namespace, world.authorize)));
  return { objections, broken: false };
}

const ownReasons = ['Unauthorized', 'Forbidden', 'RequestEntityTooLarge'] as const;

function refusal(attributes: Attributes, { policy, binding, objection }: Denial): ApiError {
  const message = `ValidatingAdmissionPolicy '${policy}' with binding '${binding}' denied request: ${objection.message}`;
  const { request, object } = attributes;
  const name = keyOf(attributes).name || (object?.metadata?.generateName ?? '');
  const said = forbidden(request.resource, name, message);
  const reason = ownReasons.find((each) => each === objection.reason) ?? 'Invalid';
  return new ApiError(reason, said.message, { ...said.details, causes: [{ message }] });
}
