// What all reviews have in common: a body is read and checked, and sent back with an answer in its status.

import {
  ApiError,
  apiVersionOf,
  invalid,
  isRecord,
  type KubeObject,
} from '../../../../shared/machinery/index.ts';
import { isKubeObject, type Kind } from '../../kind.ts';
import type { ApiRequest } from '../../request.ts';
import { settleNamespace } from '../create.ts';
import { decodeBody } from '../decode-body.ts';
import type { Handler } from '../outcome.ts';
import type { RegistryParts } from '../registry-parts.ts';
import { admitAsked } from '../subresources/admit-asked.ts';
import { parseWriteOptions } from '../write-options.ts';

/** A review as it was sent. */
export interface Review<S extends object> extends KubeObject {
  spec?: S;
}

export interface Answer {
  status: object;
  /** What is sent back of the question; default: all of it. */
  spec?: object;
}

type Ask<S extends object> = (
  parts: RegistryParts,
  review: Review<S>,
  request: ApiRequest,
) => Promise<Answer> | Answer;

/** A handler of `create`: nothing is created, but upstream says 201. */
export function reviewing<S extends object>(isSpec: (spec: unknown) => spec is S, ask: Ask<S>): Handler {
  return async (parts, kind, request) => {
    const options = parseWriteOptions(request.query, 'CreateOptions');
    const { object, warnings } = decodeBody(parts, kind, request, options.fieldValidation);
    settleNamespace(object, kind, request);
    await admitAsked(parts, request, object);
    const found = kind.strategy.validate?.(object) ?? [];
    if (found.length > 0) throw invalid(kind.row.group, '', '', found);
    const review = specified(object, isSpec);
    const answer = await ask(parts, review, request);
    return { type: 'object', code: 201, body: sentBack(kind, review, answer), warnings };
  };
}

function specified<S extends object>(
  object: KubeObject & { spec?: unknown },
  isSpec: (spec: unknown) => spec is S,
): Review<S> {
  const { spec, ...review } = object;
  if (spec === undefined) return review;
  if (!isSpec(spec)) throw new ApiError('BadRequest', 'spec: not what this review asks');
  return { ...review, spec };
}

function sentBack({ row }: Kind, { metadata, spec }: Review<object>, answer: Answer): KubeObject {
  const body: unknown = {
    kind: row.kind,
    apiVersion: apiVersionOf(row),
    metadata,
    ...(answer.spec ? { spec: answer.spec } : spec && { spec: withoutEmpty(spec) }),
    status: answer.status,
  };
  if (!isKubeObject(body)) throw new TypeError('a review without metadata');
  return body;
}

/** Texts that say nothing are not sent back (in Go: omitempty). */
function withoutEmpty(spec: object): unknown {
  return JSON.parse(JSON.stringify(spec, (_, value) => (value === '' ? undefined : value)));
}

/** The decoder has checked the fields' types against the schema. */
export function isSpecOf<S extends object>(spec: unknown): spec is S {
  return isRecord(spec);
}
