// DeleteOptions from the body; the query says what the body leaves open.

import {
  ApiError,
  type FieldError,
  FieldPath,
  faults,
  invalid,
  isRecord,
} from '../../../shared/machinery/index.ts';
import { saysTrue } from '../rest-path.ts';
import { cannotUnmarshal, noTypeMeta, typeMeta } from './decode-body.ts';
import { integerParameter } from './go-number.ts';
import { dryRunFaults } from './write-options.ts';

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: PropagationPolicy;
  preconditions: { uid?: string; resourceVersion?: string };
  dryRun: boolean;
}

export type PropagationPolicy = 'Background' | 'Foreground' | 'Orphan';

const policies = ['Foreground', 'Background', 'Orphan'];

/** Throws BadRequest for a body that is something else, Invalid for what it says. */
export function parseDeleteOptions(body: unknown, query: URLSearchParams): DeleteOptions {
  const wish = wishOf(body, wishOfQuery(query));
  const found = faultsOf(wish);
  if (found.length > 0) throw invalid('meta.k8s.io', 'DeleteOptions', '', found);
  const policy = wish.propagationPolicy ?? policyOf(wish.orphanDependents);
  const grace = wish.gracePeriodSeconds;
  return {
    ...(grace !== undefined && { gracePeriodSeconds: grace < 0 ? 1 : grace }),
    ...(isPolicy(policy) && { propagationPolicy: policy }),
    preconditions: wish.preconditions,
    dryRun: wish.dryRun.length > 0,
  };
}

interface Wish {
  gracePeriodSeconds: number | undefined;
  propagationPolicy: string | undefined;
  orphanDependents: boolean | undefined;
  preconditions: { uid?: string; resourceVersion?: string };
  dryRun: readonly string[];
}

function wishOfQuery(query: URLSearchParams): Wish {
  return {
    gracePeriodSeconds: integerParameter(query, 'gracePeriodSeconds'),
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    orphanDependents: query.has('orphanDependents') ? saysTrue(query.get('orphanDependents')) : undefined,
    preconditions: {},
    dryRun: query.getAll('dryRun'),
  };
}

function wishOf(body: unknown, byQuery: Wish): Wish {
  if (body === undefined || body === null) return byQuery;
  if (!isRecord(body))
    throw new ApiError('BadRequest', noTypeMeta(`json: ${cannotUnmarshal(body, typeMeta)}`));
  const apiVersion = optional(body, 'apiVersion', isText) ?? 'v1';
  const kind = optional(body, 'kind', isText) ?? 'DeleteOptions';
  // Those of any group will do, as old clients send them; a version without a group is one of the core's.
  if (kind !== 'DeleteOptions' || !(apiVersion.includes('/') || apiVersion === 'v1')) {
    const message = `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/apis/meta/internalversion/scheme/register.go:27"`;
    throw new ApiError('BadRequest', message);
  }
  const preconditions = optional(body, 'preconditions', isRecord) ?? {};
  const uid = optional(preconditions, 'uid', isText);
  const resourceVersion = optional(preconditions, 'resourceVersion', isText);
  return {
    gracePeriodSeconds: optional(body, 'gracePeriodSeconds', isInteger) ?? byQuery.gracePeriodSeconds,
    propagationPolicy: optional(body, 'propagationPolicy', isText) ?? byQuery.propagationPolicy,
    orphanDependents: optional(body, 'orphanDependents', isTruth) ?? byQuery.orphanDependents,
    preconditions: {
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
    dryRun: optional(body, 'dryRun', isTexts) ?? byQuery.dryRun,
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTruth = (value: unknown): value is boolean => typeof value === 'boolean';
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);

function optional<T>(
  from: Record<string, unknown>,
  field: string,
  fits: (value: unknown) => value is T,
): T | undefined {
  const value = from[field];
  if (value === undefined || value === null) return undefined;
  if (fits(value)) return value;
  const message = `DeleteOptions in version "v1" cannot be handled as a DeleteOptions: ${field}: unexpected ${JSON.stringify(value)}`;
  throw new ApiError('BadRequest', message);
}

function faultsOf({ propagationPolicy, orphanDependents, dryRun }: Wish): FieldError[] {
  const path = new FieldPath('propagationPolicy');
  const found: FieldError[] = [];
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    const detail = 'orphanDependents and deletionPropagation cannot be both set';
    found.push(faults.invalid(path, propagationPolicy, detail));
  }
  if (propagationPolicy !== undefined && !isPolicy(propagationPolicy)) {
    const supported = [...policies, 'nil'].map((policy) => JSON.stringify(policy)).join(', ');
    const text = `Unsupported value: ${JSON.stringify(propagationPolicy)}: supported values: ${supported}`;
    found.push({ field: 'propagationPolicy', reason: 'FieldValueNotSupported', text });
  }
  return [...found, ...dryRunFaults(dryRun)];
}

function isPolicy(policy: string | undefined): policy is PropagationPolicy {
  return policy !== undefined && policies.includes(policy);
}

/** The older way to say it. */
function policyOf(orphanDependents: boolean | undefined): PropagationPolicy | undefined {
  if (orphanDependents === undefined) return undefined;
  return orphanDependents ? 'Orphan' : 'Background';
}
