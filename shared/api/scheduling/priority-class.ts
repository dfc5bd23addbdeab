// The Kind PriorityClass: a name for how important pods are.

export type { PriorityClass } from 'kubernetes-types/scheduling/v1';

import type { PriorityClass } from 'kubernetes-types/scheduling/v1';
import { type FieldError, FieldPath, faults, type Live } from '../../machinery/index.ts';
import { ageColumn, integerColumn, nameColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';
import { systemPriorityClasses } from './system-priority-classes.ts';

const policies = ['PreemptLowerPriority', 'Never'];
const reservedPrefix = 'system-';
/** Greater ones are the system's. */
const highestOfUsers = 1_000_000_000;

export const strategy: Strategy<PriorityClass> = {
  schema: 'io.k8s.api.scheduling.v1.PriorityClass',
  generation: 'constant',
  default(priority) {
    priority.value ??= 0;
    priority.preemptionPolicy ??= 'PreemptLowerPriority';
    if (!priority.globalDefault) delete priority.globalDefault;
  },
  validateCreate: validatePriorityClass,
  validateUpdate: validatePriorityClassUpdate,
  columns: [
    nameColumn(),
    integerColumn(
      'Value',
      'value represents the integer value of this priority class. This is the actual priority that pods receive when they have the name of this class in their pod spec.',
      ({ value }) => value,
    ),
    {
      name: 'Global-Default',
      type: 'boolean',
      format: '',
      description:
        'globalDefault specifies whether this PriorityClass should be considered as the default priority for pods that do not have any priority class. Only one PriorityClass can be marked as `globalDefault`. However, if more than one PriorityClasses exists with their `globalDefault` field set to true, the smallest value of such global default PriorityClasses will be used as the default priority.',
      priority: 0,
      cell: ({ globalDefault }) => globalDefault ?? false,
    },
    ageColumn(),
  ],
};

function validatePriorityClass(priority: PriorityClass): FieldError[] {
  const { value, preemptionPolicy = '', metadata } = priority;
  const name = metadata?.name ?? '';
  const found: FieldError[] = [];
  if (name.startsWith(reservedPrefix)) found.push(...validateSystemClass(priority, name));
  else if (value > highestOfUsers) {
    const detail = `maximum allowed value of a user defined priority is ${highestOfUsers}`;
    found.push(faults.forbidden(new FieldPath('value'), detail));
  }
  const path = new FieldPath('preemptionPolicy');
  if (preemptionPolicy === '') return [...found, faults.required(path)];
  if (policies.includes(preemptionPolicy)) return found;
  return [...found, faults.notSupported(path, preemptionPolicy, policies)];
}

function validateSystemClass({ value, globalDefault = false }: PriorityClass, name: string): FieldError[] {
  const why = whyNotSystem(name, value, globalDefault);
  if (why === undefined) return [];
  const detail = `priority class names with '${reservedPrefix}' prefix are reserved for system use only. error: ${why}`;
  return [faults.forbidden(new FieldPath('metadata.name'), detail)];
}

function whyNotSystem(name: string, value: number, globalDefault: boolean): string | undefined {
  const known = systemPriorityClasses.find(({ metadata }) => metadata?.name === name);
  if (!known) return `${name} is not a known system priority class`;
  if (known.value !== value) return `value of ${name} PriorityClass must be ${known.value}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

function validatePriorityClassUpdate(next: PriorityClass, old: Live<PriorityClass>): FieldError[] {
  const found: FieldError[] = [];
  // The path is spelled so upstream.
  if (next.value !== old.value) {
    found.push(faults.forbidden(new FieldPath('Value'), 'may not be changed in an update.'));
  }
  if (next.preemptionPolicy !== old.preemptionPolicy) {
    const path = new FieldPath('preemptionPolicy');
    found.push(faults.invalid(path, next.preemptionPolicy, 'field is immutable'));
  }
  return found;
}
