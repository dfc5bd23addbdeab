// What the status of a definition says: which of its names it got, and whether it is served. Pure; the words are upstream's
// (apiextensions-apiserver/pkg/controller/status and establish).

import {
  approvalOf,
  type CustomResourceDefinition,
  type DefinitionCondition,
  type DefinitionNames,
  type DefinitionStatus,
  isProtectedGroup,
} from '../../../shared/api/apiextensions/index.ts';
import { findCondition, removeCondition, setCondition } from '../../../shared/machinery/index.ts';

/** Names that others of the group have. */
export interface TakenNames {
  /** Plurals, singulars and short names. */
  readonly resources: ReadonlySet<string>;
  /** Kinds and list Kinds. */
  readonly kinds: ReadonlySet<string>;
}

/** `now` is RFC 3339. Answers the status itself where nothing changes. */
export function definitionStatus(
  definition: CustomResourceDefinition,
  taken: TakenNames,
  now: string,
): DefinitionStatus {
  const status = definition.status ?? {};
  const { names, conflict } = settleNames(definition, taken);
  const accepted: DefinitionCondition = conflict ?? {
    type: 'NamesAccepted',
    status: 'True',
    reason: 'NoConflicts',
    message: 'no conflicts found',
  };
  let conditions = setCondition(status.conditions ?? [], accepted, now);
  conditions = setCondition(conditions, establishedBy(status, conflict !== undefined), now);
  conditions = approvalIn(definition, conditions, now);
  return { ...status, conditions: removeCondition(conditions, 'NonStructuralSchema'), acceptedNames: names };
}

/** What is served once stays so: its names are its own. */
function establishedBy(status: DefinitionStatus, conflict: boolean): DefinitionCondition {
  const before = findCondition(status.conditions ?? undefined, 'Established');
  if (before?.status === 'True') return before;
  return conflict
    ? { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }
    : {
        type: 'Established',
        status: 'True',
        reason: 'InitialNamesAccepted',
        message: 'the initial names have been accepted',
      };
}

interface Settled {
  names: DefinitionNames;
  conflict: DefinitionCondition | undefined;
}

function settleNames({ spec, status }: CustomResourceDefinition, taken: TakenNames): Settled {
  const wanted = spec.names;
  const had: DefinitionNames = status?.acceptedNames ?? { plural: '', kind: '' };
  let conflict: DefinitionCondition | undefined;
  /** The last conflict is the one that is told, as upstream does. */
  const refuse = (reason: string, messages: readonly string[]) => {
    const message = messages.length > 1 ? `[${messages.join(', ')}]` : (messages[0] ?? '');
    conflict = { type: 'NamesAccepted', status: 'False', reason, message };
  };
  const settle = (name: string, before: string, used: ReadonlySet<string>, reason: string): string => {
    if (name === before || !used.has(name)) return name;
    refuse(reason, [inUse(name)]);
    return before;
  };
  const plural = settle(wanted.plural, had.plural, taken.resources, 'PluralConflict');
  const singular = settle(wanted.singular ?? '', had.singular ?? '', taken.resources, 'SingularConflict');
  const clashes = (wanted.shortNames ?? []).filter(
    (name) => !had.shortNames?.includes(name) && taken.resources.has(name),
  );
  if (clashes.length > 0) refuse('ShortNamesConflict', clashes.map(inUse));
  const shortNames = clashes.length > 0 ? had.shortNames : wanted.shortNames;
  const kind = settle(wanted.kind, had.kind, taken.kinds, 'KindConflict');
  const listKind = settle(wanted.listKind ?? '', had.listKind ?? '', taken.kinds, 'ListKindConflict');
  const { categories } = wanted;
  const names: DefinitionNames = {
    plural,
    ...(singular && { singular }),
    ...(shortNames && shortNames.length > 0 && { shortNames }),
    kind,
    ...(listKind && { listKind }),
    ...(categories && categories.length > 0 && { categories }),
  };
  return { names, conflict };
}

function inUse(name: string): string {
  return `${JSON.stringify(name)} is already in use`;
}

/** Groups of the Kubernetes project say whether their API was approved. */
function approvalIn(
  definition: CustomResourceDefinition,
  conditions: DefinitionCondition[],
  now: string,
): DefinitionCondition[] {
  const type = 'KubernetesAPIApprovalPolicyConformant';
  if (!isProtectedGroup(definition.spec.group)) return removeCondition(conditions, type);
  const value = definition.metadata?.annotations?.['api-approved.kubernetes.io'] ?? '';
  const said = {
    approved: { status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${value}` },
    bypassed: { status: 'False', reason: 'UnapprovedAnnotation', message: `not approved: "${value}"` },
    invalid: {
      status: 'False',
      reason: 'InvalidAnnotation',
      message:
        'protected groups must have approval annotation "api-approved.kubernetes.io" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111',
    },
    missing: {
      status: 'False',
      reason: 'MissingAnnotation',
      message:
        'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    },
  }[approvalOf(definition)];
  return setCondition(conditions, { type, ...said }, now);
}
