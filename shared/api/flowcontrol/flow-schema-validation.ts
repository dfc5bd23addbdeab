// What is wrong with a FlowSchema, as upstream's validation of flowcontrol.apiserver.k8s.io/v1 says it.

import type {
  FlowSchema,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from 'kubernetes-types/flowcontrol/v1';
import { deepEqual, dns1123Label, type FieldError, FieldPath, faults } from '../../machinery/index.ts';
import { required, subdomain } from '../core/pod-validation/rules.ts';
import { mandatoryFlowSchemas } from './mandatory.ts';

/** Sorted, as messages show them. */
const distinguishers = ['ByNamespace', 'ByUser'];
const subjectKinds = ['Group', 'ServiceAccount', 'User'];
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];
const lowestPrecedence = 10000;
const path = new FieldPath('spec');

export function validateFlowSchema({ metadata, spec }: FlowSchema): FieldError[] {
  if (!spec) return [];
  const name = metadata?.name ?? '';
  const { matchingPrecedence = 0, distinguisherMethod: method, priorityLevelConfiguration: level } = spec;
  const levelPath = path.child('priorityLevelConfiguration', 'name');
  const mandatory = mandatoryFlowSchemas.find((each) => each.metadata?.name === name);
  return [
    ...validatePrecedence(matchingPrecedence, name, path.child('matchingPrecedence')),
    ...(method && !distinguishers.includes(method.type)
      ? [faults.notSupported(path.child('distinguisherMethod', 'type'), method.type, distinguishers)]
      : []),
    ...(level.name
      ? subdomain(level.name, levelPath)
      : [faults.required(levelPath, 'must reference a priority level')]),
    ...(spec.rules ?? []).flatMap((rule, index) => validateRules(rule, path.child('rules').index(index))),
    ...(mandatory && !deepEqual(spec, mandatory.spec)
      ? [faults.invalid(path, spec, `spec of '${name}' must equal the fixed value`)]
      : []),
  ];
}

function validatePrecedence(precedence: number, name: string, at: FieldPath): FieldError[] {
  const wrong = (detail: string) => [faults.invalid(at, precedence, detail)];
  if (precedence <= 0) return wrong('must be a positive value');
  if (precedence > lowestPrecedence) return wrong(`must not be greater than ${lowestPrecedence}`);
  if (precedence === 1 && name !== 'exempt')
    return wrong("only the schema named 'exempt' may have matchingPrecedence 1");
  return [];
}

function validateRules(rules: PolicyRulesWithSubjects, at: FieldPath): FieldError[] {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rules;
  const empty = resourceRules.length + nonResourceRules.length === 0;
  return [
    ...required(subjects, at.child('subjects'), 'subjects must contain at least one value'),
    ...subjects.flatMap((subject, index) => validateSubject(subject, at.child('subjects').index(index))),
    ...(empty
      ? [faults.required(at, 'at least one of resourceRules and nonResourceRules has to be non-empty')]
      : []),
    ...resourceRules.flatMap((rule, index) =>
      validateResourceRule(rule, at.child('resourceRules').index(index)),
    ),
    ...nonResourceRules.flatMap((rule, index) =>
      validateNonResourceRule(rule, at.child('nonResourceRules').index(index)),
    ),
  ];
}

const subjectFields = { User: 'user', Group: 'group', ServiceAccount: 'serviceAccount' } as const;

function validateSubject(subject: Subject, at: FieldPath): FieldError[] {
  const { kind, serviceAccount } = subject;
  if (!subjectKinds.includes(kind)) return [faults.notSupported(at.child('kind'), kind, subjectKinds)];
  return Object.entries(subjectFields).flatMap(([of, field]) => {
    const given = subject[field];
    const place = at.child(field);
    if (of !== kind)
      return given ? [faults.forbidden(place, `${field} is forbidden when subject kind is not '${of}'`)] : [];
    if (!given) return [faults.required(place, `${field} is required when subject kind is '${of}'`)];
    if (field === 'serviceAccount')
      return validateAccount(serviceAccount ?? { name: '', namespace: '' }, place);
    return given.name ? [] : [faults.required(place.child('name'))];
  });
}

function validateAccount(
  { name, namespace }: { name: string; namespace: string },
  at: FieldPath,
): FieldError[] {
  const namePath = at.child('name');
  const place = at.child('namespace');
  const found = name ? (name === '*' ? [] : subdomain(name, namePath)) : [faults.required(namePath)];
  if (!namespace) return [...found, faults.required(place, 'must specify namespace for service account')];
  return [...found, ...dns1123Label(namespace).map((text) => faults.invalid(place, namespace, text))];
}

function validateVerbs(given: readonly string[], at: FieldPath): FieldError[] {
  if (given.length === 0) return [faults.required(at, 'verbs must contain at least one value')];
  if (given.includes('*')) return validateWildcard(given, 'verbs', at);
  return given.every((verb) => verbs.includes(verb)) ? [] : [faults.notSupported(at, given, verbs)];
}

/** `*` stands alone. */
function validateWildcard(given: readonly string[], what: string, at: FieldPath): FieldError[] {
  if (given.length < 2 || !given.includes('*')) return [];
  return [faults.invalid(at, given, `if '*' is present, must not specify other ${what}`)];
}

function validateResourceRule(rule: ResourcePolicyRule, at: FieldPath): FieldError[] {
  const { apiGroups = [], resources = [], namespaces = [], clusterScope } = rule;
  const place = at.child('namespaces');
  return [
    ...validateVerbs(rule.verbs ?? [], at.child('verbs')),
    ...required(apiGroups, at.child('apiGroups'), 'resource rules must supply at least one api group'),
    ...validateWildcard(apiGroups, 'api groups', at.child('apiGroups')),
    ...required(resources, at.child('resources'), 'resource rules must supply at least one resource'),
    ...validateWildcard(resources, 'resources', at.child('resources')),
    ...(namespaces.length === 0 && !clusterScope
      ? [
          faults.required(
            place,
            'resource rules that are not cluster scoped must supply at least one namespace',
          ),
        ]
      : []),
    ...(namespaces.includes('*')
      ? validateWildcard(namespaces, 'namespaces', place)
      : namespaces.flatMap((namespace, index) =>
          oneNamespace(namespace).map((text) => faults.invalid(place.index(index), namespace, text)),
        )),
  ];
}

function oneNamespace(namespace: string): string[] {
  return dns1123Label(namespace).map(
    (text) => `each member of this list must be '*' or a DNS-1123 label; ${text}`,
  );
}

function validateNonResourceRule(rule: NonResourcePolicyRule, at: FieldPath): FieldError[] {
  const { nonResourceURLs: urls = [] } = rule;
  const place = at.child('nonResourceURLs');
  return [
    ...validateVerbs(rule.verbs ?? [], at.child('verbs')),
    ...required(urls, place, 'nonResourceURLs must contain at least one value'),
    ...(urls.includes('*')
      ? validateWildcard(urls, 'non-resource URLs', place)
      : urls.flatMap((url, index) => validateUrlPath(url, place.index(index)))),
  ];
}

/** A path, perhaps with a star as its last part. */
function validateUrlPath(url: string, at: FieldPath): FieldError[] {
  const wrong = (detail: string) => [faults.invalid(at, url, detail)];
  if (!url) return wrong('must not be empty');
  if (!url.startsWith('/')) return wrong('must start with slash');
  if (url.includes(' ')) return wrong('must not contain white-space');
  if (url.includes('//')) return wrong('must not contain double slash');
  const stars = url.split('*').length - 1;
  return stars > 1 || (stars === 1 && !url.endsWith('/*'))
    ? wrong('wildcard can only do suffix matching')
    : [];
}
