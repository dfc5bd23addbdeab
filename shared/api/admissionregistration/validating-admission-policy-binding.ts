// The Kind ValidatingAdmissionPolicyBinding: where a policy counts, with which parameters, and what its refusal does.

export type { ValidatingAdmissionPolicyBinding } from 'kubernetes-types/admissionregistration/v1';

import type {
  ParamRef,
  ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicyBindingSpec,
} from 'kubernetes-types/admissionregistration/v1';
import {
  type FieldError,
  FieldPath,
  faults,
  goList,
  pathSegmentName,
  validateLabelSelector,
} from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { named, oneOf, subdomain } from '../core/pod-validation/rules.ts';
import type { Strategy } from '../resource.ts';
import { defaultMatchResources, validateMatchResources } from './match-resources.ts';

/** Sorted, as messages show them. */
const actions = ['Audit', 'Deny', 'Warn'];
const path = new FieldPath('spec');

export const strategy: Strategy<ValidatingAdmissionPolicyBinding> = {
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding',
  generation: true,
  needsRevision: true,
  default(binding) {
    binding.spec ??= {};
    if (binding.spec.matchResources) defaultMatchResources(binding.spec.matchResources);
  },
  validate: ({ spec = {} }) => validateSpec(spec),
  columns: [
    nameColumn(),
    textColumn(
      'PolicyName',
      'PolicyName indicates the policy definition which the policy binding binded to',
      ({ spec }) => spec?.policyName ?? '',
    ),
    textColumn(
      'ParamRef',
      'ParamRef indicates the param resource which sets the configration param',
      formatParamRef,
    ),
    ageColumn(),
  ],
};

function formatParamRef({ spec }: ValidatingAdmissionPolicyBinding): string {
  if (!spec?.paramRef) return '<unset>';
  const { name, namespace, selector } = spec.paramRef;
  if (selector) return `${namespace ? `${namespace}/` : ''}*`;
  return namespace ? `${namespace}/${name}` : (name ?? '');
}

function validateSpec(spec: ValidatingAdmissionPolicyBindingSpec): FieldError[] {
  const { policyName, paramRef, matchResources, validationActions = [] } = spec;
  const at = path.child('policyName');
  return [
    ...(policyName ? subdomain(policyName, at) : [faults.required(at)]),
    ...(paramRef ? validateParamRef(paramRef, path.child('paramRef')) : []),
    ...(matchResources ? validateMatchResources(matchResources, path.child('matchResources')) : []),
    ...validateActions(validationActions, path.child('validationActions')),
  ];
}

function validateParamRef(reference: ParamRef, at: FieldPath): FieldError[] {
  const { name, selector, parameterNotFoundAction: action } = reference;
  const both = 'name and selector are mutually exclusive';
  const place = at.child('parameterNotFoundAction');
  return [
    ...(name ? named(pathSegmentName, name, at.child('name')) : []),
    ...(name && selector ? [faults.forbidden(at.child('name'), both)] : []),
    ...validateLabelSelector(selector, at.child('selector')),
    ...(name && selector ? [faults.forbidden(at.child('selector'), both)] : []),
    ...(name || selector ? [] : [faults.required(at, 'one of name or selector must be specified')]),
    ...(action ? oneOf(action, ['Deny', 'Allow'], place) : [faults.required(place)]),
  ];
}

function validateActions(given: readonly string[], at: FieldPath): FieldError[] {
  if (given.length === 0) return [faults.required(at, 'at least one validation action is required')];
  const found = given.flatMap((action, index) => [
    ...oneOf(action, actions, at.index(index)),
    ...(given.indexOf(action) < index ? [faults.duplicate(at.index(index), action)] : []),
  ]);
  if (!given.includes('Deny') || !given.includes('Warn')) return found;
  const detail =
    'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
  return [...found, faults.invalid(at, goList(given, 'admissionregistration.ValidationAction'), detail)];
}
