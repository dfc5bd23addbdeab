// DeleteOptions from the body; where there is none, from the query. As upstream, one is never filled from the other.

import type { DeleteOptions as SentOptions } from 'kubernetes-types/meta/v1';
import { decodeOr } from '../../../shared/api/index.ts';
import {
  ApiError,
  type FieldError,
  FieldPath,
  faults,
  invalid,
  isRecord,
  type JsonObject,
  type SchemaSet,
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
export function parseDeleteOptions(schemas: SchemaSet, body: unknown, query: URLSearchParams): DeleteOptions {
  const wish = body === undefined ? wishOfQuery(query) : wishOfBody(schemas, body ?? {});
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

function wishOfBody(schemas: SchemaSet, body: unknown): Wish {
  if (!isRecord(body)) throw refused(noTypeMeta(`json: ${cannotUnmarshal(body, typeMeta)}`));
  checkKind(body);
  const { preconditions = {}, ...sent } = decoded(schemas, body);
  const { uid, resourceVersion } = preconditions;
  return {
    gracePeriodSeconds: sent.gracePeriodSeconds,
    propagationPolicy: sent.propagationPolicy,
    orphanDependents: sent.orphanDependents,
    preconditions: {
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
    dryRun: sent.dryRun ?? [],
  };
}

/** Those of any group will do, as old clients send them; a version without a group is one of the core's. */
function checkKind({ apiVersion: sentVersion, kind: sentKind }: JsonObject): void {
  const apiVersion = typeof sentVersion === 'string' && sentVersion ? sentVersion : 'v1';
  const kind = typeof sentKind === 'string' && sentKind ? sentKind : 'DeleteOptions';
  if (kind === 'DeleteOptions' && (apiVersion.includes('/') || apiVersion === 'v1')) return;
  const scheme = 'pkg/apis/meta/internalversion/scheme/register.go:27';
  throw refused(`no kind "${kind}" is registered for version "${apiVersion}" in scheme "${scheme}"`);
}

function decoded(schemas: SchemaSet, body: JsonObject): SentOptions {
  return decodeOr(refused, schemas, 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions', body).object;
}

/** Upstream says what is wrong, and not of what. */
function refused(why: string): ApiError {
  return new ApiError('BadRequest', why);
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
