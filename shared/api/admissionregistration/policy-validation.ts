// What is wrong with a ValidatingAdmissionPolicy, as upstream's validation of admissionregistration.k8s.io/v1 says it.
// Expressions are looked at as texts here; whether they compile, expressions/ finds.

import type {
  AuditAnnotation,
  ParamKind,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicySpec,
  Validation,
  Variable,
} from 'kubernetes-types/admissionregistration/v1';
import {
  dns1035Label,
  dns1123Subdomain,
  type FieldError,
  FieldPath,
  faults,
  validateConditions,
} from '../../machinery/index.ts';
import { oneOf, qualified } from '../core/pod-validation/rules.ts';
import { validateMatchConditions } from './match-conditions.ts';
import { validateMatchResources } from './match-resources.ts';
import { failurePolicies } from './webhooks.ts';

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const mostAnnotations = 20;
/** Bytes. */
const longestValueExpression = 5 * 1024;
const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Words that CEL keeps for itself. */
const reserved = new Set(
  'as break const continue else false for function if import in let loop namespace null package return true var void while'.split(
    ' ',
  ),
);
const path = new FieldPath('spec');

export function validatePolicy({ metadata, spec = {} }: ValidatingAdmissionPolicy): FieldError[] {
  return [
    ...(spec.failurePolicy === undefined
      ? [faults.required(path.child('failurePolicy'))]
      : oneOf(spec.failurePolicy, failurePolicies, path.child('failurePolicy'))),
    ...(spec.paramKind ? validateParamKind(spec.paramKind, path.child('paramKind')) : []),
    ...validateConstraints(spec, path.child('matchConstraints')),
    ...validateMatchConditions(spec.matchConditions, path.child('matchConditions')),
    ...(spec.variables ?? []).flatMap((each, index) =>
      validateVariable(each, path.child('variables').index(index)),
    ),
    ...validateContent(spec, metadata?.name ?? ''),
  ];
}

function validateConstraints(
  { matchConstraints }: ValidatingAdmissionPolicySpec,
  at: FieldPath,
): FieldError[] {
  if (!matchConstraints) return [faults.required(at)];
  const rules = matchConstraints.resourceRules?.length ? [] : [faults.required(at.child('resourceRules'))];
  return [...validateMatchResources(matchConstraints, at), ...rules];
}

function validateParamKind({ apiVersion = '', kind = '' }: ParamKind, at: FieldPath): FieldError[] {
  const kindPath = at.child('kind');
  const wrong = dns1035Label(kind.toLowerCase());
  const detail = `may have mixed case, but should otherwise match: ${wrong.join(',')}`;
  return [
    ...validateApiVersion(apiVersion, at.child('apiVersion')),
    ...(kind ? [] : [faults.required(kindPath)]),
    ...(kind && wrong.length > 0 ? [faults.invalid(kindPath, kind, detail)] : []),
  ];
}

function validateApiVersion(apiVersion: string, at: FieldPath): FieldError[] {
  if (!apiVersion) return [faults.required(at)];
  const parts = apiVersion.split('/');
  if (parts.length > 2)
    return [faults.invalid(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const [version = '', group = ''] = parts.reverse();
  const wrongGroup = group ? dns1123Subdomain(group) : [];
  const wrongVersion = dns1035Label(version);
  const found = wrongGroup.length > 0 ? [faults.invalid(at, group, wrongGroup.join(','))] : [];
  if (!version) return [...found, faults.invalid(at, apiVersion, 'version must be specified')];
  return wrongVersion.length > 0 ? [...found, faults.invalid(at, version, wrongVersion.join(','))] : found;
}

function validateVariable({ name = '', expression = '' }: Variable, at: FieldPath): FieldError[] {
  const found = name.trim() ? [] : [faults.required(at.child('name'), 'name is not specified')];
  if (name.trim() && (!identifier.test(name) || reserved.has(name)))
    found.push(faults.invalid(at.child('name'), name, 'name is not a valid CEL identifier'));
  if (!expression.trim()) found.push(faults.required(at.child('expression'), 'expression is not specified'));
  return found;
}

function validateContent(spec: ValidatingAdmissionPolicySpec, name: string): FieldError[] {
  const { validations = [], auditAnnotations = [] } = spec;
  const annotations = path.child('auditAnnotations');
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const detail = 'validations or auditAnnotations must contain at least one item';
    return [faults.required(path.child('validations'), detail), faults.required(annotations, detail)];
  }
  const found = validations.flatMap((each, index) =>
    validateValidation(each, path.child('validations').index(index)),
  );
  if (auditAnnotations.length > mostAnnotations) {
    const detail = `must not have more than ${mostAnnotations} auditAnnotations`;
    found.push(faults.invalid(annotations, auditAnnotations, detail));
  }
  auditAnnotations.forEach((each, index) => {
    const at = annotations.index(index);
    found.push(...validateAnnotation(each, name, at));
    if (auditAnnotations.slice(0, index).some(({ key }) => key === each.key))
      found.push(faults.duplicate(at.child('key'), each.key));
  });
  return found;
}

function validateValidation(validation: Validation, at: FieldPath): FieldError[] {
  const { expression = '', message = '', messageExpression = '', reason } = validation;
  const found = expression.trim()
    ? []
    : [faults.required(at.child('expression'), 'expression is not specified')];
  if (messageExpression && !messageExpression.trim())
    found.push(
      faults.invalid(at.child('messageExpression'), messageExpression, 'must be non-empty if specified'),
    );
  if (message && !message.trim())
    found.push(faults.invalid(at.child('message'), message, 'message must be non-empty if specified'));
  else if (/[\n\r]/.test(message.trim()))
    found.push(faults.invalid(at.child('message'), message, 'message must not contain line breaks'));
  if (reason !== undefined) found.push(...oneOf(reason, reasons, at.child('reason')));
  return found;
}

function validateAnnotation({ key, valueExpression = '' }: AuditAnnotation, name: string, at: FieldPath) {
  const place = at.child('valueExpression');
  const found = name
    ? qualified(`${name}/${key}`, at.child('key'))
    : [faults.invalid(at.child('key'), key, 'requires metadata.name be non-empty')];
  if (!valueExpression.trim()) return [...found, faults.required(place, 'valueExpression is not specified')];
  if (Buffer.byteLength(valueExpression.trim()) <= longestValueExpression) return found;
  return [...found, faults.required(place, `must not exceed ${longestValueExpression} bytes in length`)];
}

export function validatePolicyStatus({ status }: ValidatingAdmissionPolicy): FieldError[] {
  const statusPath = new FieldPath('status');
  const at = statusPath.child('typeChecking', 'expressionWarnings');
  return [
    ...(status?.typeChecking?.expressionWarnings ?? []).flatMap(({ warning, fieldRef }, index) => [
      ...(warning ? [] : [faults.required(at.index(index).child('warning'))]),
      ...(fieldRef?.trim() ? [] : [faults.required(at.index(index).child('fieldRef'))]),
    ]),
    ...validateConditions(status?.conditions, statusPath.child('conditions')),
  ];
}
