// What is wrong with a LimitRange: its amounts have to be in order, least first (ValidateLimitRange).

import type { LimitRange, LimitRangeItem } from 'kubernetes-types/core/v1';
import { type FieldError, FieldPath, faults, Quantity, qualifiedName } from '../../machinery/index.ts';
import { quantityOf } from './pod-resource-lists.ts';
import { named } from './pod-validation/rules.ts';
import { mayOvercommit, validateContainerResourceName, validateResourceName } from './resource-names.ts';

type List = 'max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio';

const standardTypes = ['Pod', 'Container', 'PersistentVolumeClaim'];
const one = Quantity.of(1);

export function validateLimitRange({ spec }: LimitRange): FieldError[] {
  const seen = new Set<string>();
  return (spec?.limits ?? []).flatMap((item, position) => {
    const path = new FieldPath('spec').child('limits').index(position);
    const at = path.child('type');
    const type = item.type ?? '';
    const found = validateType(type, at);
    if (seen.has(type)) found.push(faults.duplicate(at, type));
    seen.add(type);
    return [...found, ...validateItem(item, path)];
  });
}

function validateType(type: string, path: FieldPath): FieldError[] {
  const found = named(qualifiedName, type, path);
  if (found.length > 0 || type.includes('/') || standardTypes.includes(type)) return found;
  return [faults.invalid(path, type, 'must be a standard limit type or fully qualified')];
}

function validateItem(item: LimitRangeItem, path: FieldPath): FieldError[] {
  const isPod = item.type === 'Pod';
  const names = new Set<string>();
  const list = (name: List) =>
    Object.keys(item[name] ?? {}).flatMap((resource) => {
      names.add(resource);
      return validateName(item.type, resource, path.child(name).key(resource));
    });
  const refused = (name: List) =>
    Object.keys(item[name] ?? {}).length > 0
      ? [faults.forbidden(path.child(name), "may not be specified when `type` is 'Pod'")]
      : [];
  const found = [
    ...list('max'),
    ...list('min'),
    ...(isPod ? refused('default') : list('default')),
    ...(isPod ? refused('defaultRequest') : list('defaultRequest')),
    ...validateClaim(item, path),
    ...list('maxLimitRequestRatio'),
  ];
  return [...found, ...[...names].flatMap((resource) => validateOrder(item, resource, path))];
}

function validateName(type: string | undefined, resource: string, path: FieldPath): FieldError[] {
  if (type === 'Pod' || type === 'Container') return validateContainerResourceName(resource, path);
  return validateResourceName(resource, path);
}

function validateClaim({ type, min, max }: LimitRangeItem, path: FieldPath): FieldError[] {
  if (type !== 'PersistentVolumeClaim' || min?.storage !== undefined || max?.storage !== undefined) return [];
  const detail = 'either minimum or maximum storage value is required, but neither was provided';
  return [faults.required(path.child('limits'), detail)];
}

/** The amounts of one resource, where they are given. */
type Amounts = { [Name in List]?: Quantity };

function amountsOf(item: LimitRangeItem, resource: string): Amounts {
  const amounts: Amounts = {};
  const ofPods: List[] = ['max', 'min', 'maxLimitRequestRatio'];
  const all: List[] = item.type === 'Pod' ? ofPods : [...ofPods, 'default', 'defaultRequest'];
  for (const name of all) {
    const text = item[name]?.[resource];
    if (text !== undefined) amounts[name] = quantityOf(text);
  }
  return amounts;
}

/** Two amounts in their order; where the fault stands, and which of the two is shown there (as upstream has it). */
interface Order {
  least: [List, string];
  most: [List, string];
  at: List;
  shown: List;
}

const orders: readonly Order[] = [
  { least: ['min', 'min'], most: ['max', 'max'], at: 'min', shown: 'min' },
  {
    least: ['min', 'min'],
    most: ['defaultRequest', 'default request'],
    at: 'defaultRequest',
    shown: 'defaultRequest',
  },
  {
    least: ['defaultRequest', 'default request'],
    most: ['max', 'max'],
    at: 'defaultRequest',
    shown: 'defaultRequest',
  },
  {
    least: ['defaultRequest', 'default request'],
    most: ['default', 'default limit'],
    at: 'defaultRequest',
    shown: 'defaultRequest',
  },
  { least: ['min', 'min'], most: ['default', 'default'], at: 'default', shown: 'min' },
  { least: ['default', 'default'], most: ['max', 'max'], at: 'default', shown: 'max' },
];

function validateOrder(item: LimitRangeItem, resource: string, path: FieldPath): FieldError[] {
  const amounts = amountsOf(item, resource);
  const found = orders.flatMap(({ least, most, at, shown }) => {
    const [lower, upper] = [amounts[least[0]], amounts[most[0]]];
    if (!lower || !upper || lower.compare(upper) <= 0) return [];
    const detail = `${least[1]} value ${lower} is greater than ${most[1]} value ${upper}`;
    return [faults.invalid(path.child(at).key(resource), `${amounts[shown]}`, detail)];
  });
  return [
    ...found,
    ...validateRatio(amounts, path.child('maxLimitRequestRatio').key(resource)),
    ...validateOvercommit(amounts, resource, path),
  ];
}

function validateRatio({ maxLimitRequestRatio: ratio, min, max }: Amounts, path: FieldPath): FieldError[] {
  if (!ratio) return [];
  const found =
    ratio.compare(one) < 0 ? [faults.invalid(path, `${ratio}`, `ratio ${ratio} is less than 1`)] : [];
  if (!min || !max) return found;
  const widest = max.toNumber() / min.toNumber();
  if (ratio.toNumber() > widest) {
    const detail = `ratio ${ratio} is greater than max/min = ${widest.toFixed(6)}`;
    found.push(faults.invalid(path, `${ratio}`, detail));
  }
  return found;
}

/** What cannot be promised twice is asked for as it is limited. */
function validateOvercommit(amounts: Amounts, resource: string, path: FieldPath): FieldError[] {
  const { default: limit, defaultRequest: request } = amounts;
  if (mayOvercommit(resource) || !limit || !request || limit.equals(request)) return [];
  const detail = `default value ${limit} must equal to defaultRequest value ${request} in ${resource}`;
  return [faults.invalid(path.child('defaultRequest').key(resource), `${request}`, detail)];
}
