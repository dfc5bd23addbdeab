// The Kind FlowSchema: which requests share a priority level, and who is told apart within it.

export type { FlowSchema } from 'kubernetes-types/flowcontrol/v1';

import type { FlowSchema } from 'kubernetes-types/flowcontrol/v1';
import { type FieldError, FieldPath, faults } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';
import { validateFlowSchema } from './flow-schema-validation.ts';

export const strategy: Strategy<FlowSchema> = {
  schema: 'io.k8s.api.flowcontrol.v1.FlowSchema',
  generation: true,
  statusKeepsMeta: true,
  default(schema) {
    schema.spec = { priorityLevelConfiguration: { name: '' }, ...schema.spec };
    schema.spec.matchingPrecedence ||= 1000;
    schema.status ??= {};
  },
  prepareForCreate(schema) {
    schema.status = {};
  },
  prepareForStatusUpdate(next, old) {
    if (old.spec) next.spec = old.spec;
    else delete next.spec;
  },
  validate: (schema) => [...validateFlowSchema(schema), ...validateConditions(schema.status?.conditions)],
  validateStatusUpdate: ({ status }) => validateConditions(status?.conditions),
  // As they are asked: the first that matches a request has it.
  rowOrder: (a, b) => precedenceOf(a) - precedenceOf(b) || (nameOf(a) < nameOf(b) ? -1 : 1),
  columns: [
    nameColumn(),
    textColumn(
      'PriorityLevel',
      '`name` is the name of the priority level configuration being referenced Required.',
      ({ spec }) => spec?.priorityLevelConfiguration.name ?? '',
    ),
    textColumn(
      'MatchingPrecedence',
      '`matchingPrecedence` is used to choose among the FlowSchemas that match a given request. The chosen FlowSchema is among those with the numerically lowest (which we take to be logically highest) MatchingPrecedence.  Each MatchingPrecedence value must be ranged in [1,10000]. Note that if the precedence is not specified, it will be set to 1000 as default.',
      ({ spec }) => spec?.matchingPrecedence ?? 0,
    ),
    textColumn(
      'DistinguisherMethod',
      '`distinguisherMethod` defines how to compute the flow distinguisher for requests that match this schema. `nil` specifies that the distinguisher is disabled and thus will always be the empty string.',
      ({ spec }) => spec?.distinguisherMethod?.type ?? '<none>',
    ),
    ageColumn(),
    textColumn(
      'MissingPL',
      'references a broken or non-existent PriorityLevelConfiguration',
      ({ status }) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    ),
  ],
};

function precedenceOf({ spec }: FlowSchema): number {
  return spec?.matchingPrecedence ?? 0;
}

function nameOf({ metadata }: FlowSchema): string {
  return metadata?.name ?? '';
}

/** One condition of each type. */
export function validateConditions(conditions: readonly { type?: string }[] | undefined): FieldError[] {
  const path = new FieldPath('status').child('conditions');
  return (conditions ?? []).flatMap(({ type }, index, all) => {
    const at = path.index(index).child('type');
    if (!type) return [faults.required(at, 'must not be empty')];
    return all.slice(0, index).some((other) => other.type === type) ? [faults.duplicate(at, type)] : [];
  });
}
