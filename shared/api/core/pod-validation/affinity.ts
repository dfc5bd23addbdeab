// Where a pod wants to be: by nodes' labels, and by the pods that are there.

import type {
  Affinity,
  NodeAffinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from 'kubernetes-types/core/v1';
import {
  dns1123Label,
  dns1123Subdomain,
  type FieldError,
  type FieldPath,
  faults,
  inRange,
  labelValue,
  validateLabelSelector,
} from '../../../machinery/index.ts';
import { validateLabelKeys } from './label-keys.ts';
import { named, qualified } from './rules.ts';

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

export function validateAffinity(affinity: Affinity | undefined, path: FieldPath): FieldError[] {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity ?? {};
  return [
    ...(nodeAffinity ? validateNodeAffinity(nodeAffinity, path.child('nodeAffinity')) : []),
    ...(podAffinity ? validatePodAffinity(podAffinity, path.child('podAffinity')) : []),
    ...(podAntiAffinity ? validatePodAffinity(podAntiAffinity, path.child('podAntiAffinity')) : []),
  ];
}

function validateNodeAffinity(affinity: NodeAffinity, path: FieldPath): FieldError[] {
  const selector = affinity[required];
  const terms = path.child(required, 'nodeSelectorTerms');
  return [
    ...(selector ? validateTerms(selector.nodeSelectorTerms ?? [], terms) : []),
    ...(affinity[preferred] ?? []).flatMap(({ weight, preference }, position) => {
      const at = path.child(preferred).index(position);
      return [
        ...validateWeight(weight, at),
        ...validateTerm(preference ?? {}, false, at.child('preference')),
      ];
    }),
  ];
}

/** Terms that a node must meet one of. */
export function validateTerms(terms: readonly NodeSelectorTerm[], path: FieldPath): FieldError[] {
  if (terms.length === 0) return [faults.required(path, 'must have at least one node selector term')];
  return terms.flatMap((term, position) => validateTerm(term, true, path.index(position)));
}

/** Values of preferences are not checked: a preference that nothing can meet does no harm. */
function validateTerm(term: NodeSelectorTerm, checkValues: boolean, path: FieldPath): FieldError[] {
  return [
    ...(term.matchExpressions ?? []).flatMap((requirement, position) =>
      validateNodeLabel(requirement, checkValues, path.child('matchExpressions').index(position)),
    ),
    ...(term.matchFields ?? []).flatMap((requirement, position) =>
      validateNodeField(requirement, path.child('matchFields').index(position)),
    ),
  ];
}

function validateNodeLabel(
  requirement: NodeSelectorRequirement,
  checkValues: boolean,
  path: FieldPath,
): FieldError[] {
  const { key, values = [] } = requirement;
  return [
    ...validateOperator(requirement, path),
    ...qualified(key ?? '', path.child('key')),
    ...(checkValues
      ? values.flatMap((value, position) => named(labelValue, value, path.child('values').index(position)))
      : []),
  ];
}

function validateOperator({ operator, values = [] }: NodeSelectorRequirement, path: FieldPath): FieldError[] {
  const at = path.child('values');
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length > 0) return [];
      return [faults.required(at, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      if (values.length === 0) return [];
      return [faults.forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    case 'Gt':
    case 'Lt':
      if (values.length === 1) return [];
      return [faults.required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [faults.invalid(path.child('operator'), operator ?? '', 'not a valid selector operator')];
  }
}

function validateNodeField({ key, operator, values = [] }: NodeSelectorRequirement, path: FieldPath) {
  const found: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    found.push(faults.invalid(path.child('operator'), operator ?? '', 'not a valid selector operator'));
  } else if (values.length !== 1) {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    found.push(faults.required(path.child('values'), detail));
  }
  if (key !== 'metadata.name') {
    return [...found, faults.invalid(path.child('key'), key ?? '', 'not a valid field selector key')];
  }
  const names = values.flatMap((value, position) =>
    named(dns1123Subdomain, value, path.child('values').index(position)),
  );
  return [...found, ...names];
}

function validatePodAffinity(affinity: PodAffinity, path: FieldPath): FieldError[] {
  return [
    ...(affinity[required] ?? []).flatMap((term, position) =>
      validatePodTerm(term, path.child(required).index(position)),
    ),
    ...(affinity[preferred] ?? []).flatMap(({ weight, podAffinityTerm }, position) => {
      const at = path.child(preferred).index(position);
      return [
        ...validateWeight(weight, at),
        ...validatePodTerm(podAffinityTerm ?? { topologyKey: '' }, at.child('podAffinityTerm')),
      ];
    }),
  ];
}

function validateWeight(weight: number | undefined, path: FieldPath): FieldError[] {
  if (inRange(weight ?? 0, 1, 100).length === 0) return [];
  return [faults.invalid(path.child('weight'), weight ?? 0, 'must be in the range 1-100')];
}

function validatePodTerm(term: PodAffinityTerm, path: FieldPath): FieldError[] {
  const { topologyKey = '' } = term;
  const at = path.child('topologyKey');
  return [
    ...validateLabelSelector(term.labelSelector, path.child('labelSelector')),
    ...validateLabelSelector(term.namespaceSelector, path.child('namespaceSelector')),
    ...(term.namespaces ?? []).flatMap((name) => named(dns1123Label, name, path.child('namespace'))),
    ...validateLabelKeys(term, path),
    ...(topologyKey ? [] : [faults.required(at, 'can not be empty')]),
    ...qualified(topologyKey, at),
  ];
}
