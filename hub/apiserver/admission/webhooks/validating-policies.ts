// ValidatingAdmissionPolicy: rules in CEL that bindings put to use. Some only tell the audit log.

import {
  type Resource,
  type ValidatingAdmissionPolicy,
  type ValidatingAdmissionPolicyBinding,
  validatingadmissionpolicies,
  validatingadmissionpolicybindings,
} from '../../../../shared/api/index.ts';
import { messageOf } from '../../../../shared/base/index.ts';
import {
  ApiError,
  escapedJson,
  forbidden,
  type KubeObject,
  type Live,
} from '../../../../shared/machinery/index.ts';
import type { Store } from '../../../store/index.ts';
import type { ObjectReader } from '../../object-reader.ts';
import type { Authorize } from '../../pipeline.ts';
import type { ResourceIndex } from '../../resource-index.ts';
import type { AdmissionPlugin } from '../admission-plugin.ts';
import {
  type Attributes,
  attributesOf,
  connectAttributes,
  isOfNamespace,
  keyOf,
} from './admission-attributes.ts';
import { Equivalents } from './equivalents.ts';
import { KeptList } from './kept-list.ts';
import { isExempt, matchesSelectors, namespaceReader, type Rule, type Selectors } from './match-resources.ts';
import type { Objection, PolicyDecision } from './policy-decisions.ts';
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
    if (bound.length === 0 || isExempt(attributes) || isReview(attributes)) return;
    const namespaceOf = namespaceReader(reader, attributes);
    const denials: Denial[] = [];
    for (const policy of await policies.all()) {
      const mine = bound.filter(({ spec }) => spec?.policyName === policy.metadata.name);
      if (mine.length === 0) continue;
      const row = await matchedRow(policy.spec?.matchConstraints, attributes, namespaceOf, world);
      if (!row) continue;
      const seen = await world.equivalents.seenAs(attributes, row);
      const notes: Notes = new Map();
      for (const binding of mine) {
        if (!(await matchedRow(binding.spec?.matchResources, attributes, namespaceOf, world))) continue;
        denials.push(...(await checkBinding(policy, binding, seen, namespaceOf, world, notes)));
      }
      for (const [key, values] of notes)
        attributes.request.audit?.annotate(`${policy.metadata.name}/${key}`, [...values].join(', '));
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

/** Who somebody is, and what they may: as upstream, a policy about everything does not come between. */
function isReview({ request }: Attributes): boolean {
  return ['authentication.k8s.io', 'authorization.k8s.io'].includes(request.resource.group);
}

/** What all bindings of a policy, with all their parameters, tell the audit log: by its key. */
type Notes = Map<string, Set<string>>;

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

/** Warns, tells the audit log, and answers what denies the write. */
async function checkBinding(
  policy: Policy,
  binding: Binding,
  attributes: Attributes,
  namespaceOf: NamespaceOf,
  world: World,
  notes: Notes,
): Promise<Denial[]> {
  const names = { policy: policy.metadata.name, binding: binding.metadata.name };
  const decided = await decisionsOf(policy, binding, attributes, namespaceOf, world);
  if ('broken' in decided) return [{ ...names, objection: { message: decided.broken, index: 0 } }];
  const objections = decided.flatMap((each) => each.objections);
  for (const [key, value] of decided.flatMap(({ annotations }) => annotations))
    notes.set(key, (notes.get(key) ?? new Set()).add(value));
  const { validationActions = [] } = binding.spec ?? {};
  const { warn, audit } = attributes.request;
  for (const { message, index } of objections) {
    if (validationActions.includes('Warn'))
      warn?.(
        `Validation failed for ValidatingAdmissionPolicy '${names.policy}' with binding '${names.binding}': ${message}`,
      );
    if (validationActions.includes('Audit'))
      audit?.annotate(
        'validation.policy.admission.k8s.io/validation_failure',
        escapedJson(JSON.stringify([{ message, ...names, expressionIndex: index, validationActions }])),
      );
  }
  const failures = decided.flatMap((each) => each.failures.map((message) => ({ message, index: 0 })));
  const denying = [...(validationActions.includes('Deny') ? objections : []), ...failures];
  return denying.map((objection) => ({ ...names, objection }));
}

/** With each of the parameters. `broken`: the binding could not be put to use, which denies whatever its actions are. */
async function decisionsOf(
  { spec = {} }: Policy,
  binding: Binding,
  attributes: Attributes,
  namespaceOf: NamespaceOf,
  world: World,
): Promise<PolicyDecision[] | { broken: string }> {
  let params: readonly (KubeObject | undefined)[];
  try {
    params = await paramsOf(spec.paramKind, binding.spec?.paramRef, attributes, world);
  } catch (error) {
    if (spec.failurePolicy === 'Ignore') return [];
    const why = messageOf(error);
    return { broken: `failed to configure binding: ${why}` };
  }
  const { decide } = await import('./policy-decisions.ts');
  // A namespace is in none, although its own labels choose by namespace.
  const namespace = isOfNamespace(attributes.request) ? undefined : await namespaceOf();
  const decisions: PolicyDecision[] = [];
  for (const each of params) decisions.push(await decide(spec, attributes, each, namespace, world.authorize));
  return decisions;
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
