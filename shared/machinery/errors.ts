// The API's errors: one table of reasons, one class, one form on the wire (meta/v1 Status).

import { type FieldError, faultText } from './field.ts';
import { goErrors } from './go-text.ts';

/** reason → HTTP code, as in k8s.io/apimachinery/pkg/api/errors. */
export const reasonCodes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

export type Reason = keyof typeof reasonCodes;

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** The wire form of a result that is not an object. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  /** `continue`: with an expired continue token, one to go on with. */
  metadata: { continue?: string };
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
}

/** Thrown for everything that a client can do something about; becomes a Status in one place. */
export class ApiError extends Error {
  readonly reason: Reason;
  readonly details: StatusDetails | undefined;
  readonly code: number;

  constructor(reason: Reason, message: string, details?: StatusDetails, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiError';
    this.reason = reason;
    this.details = details;
    this.code = reasonCodes[reason];
  }

  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details && { details: this.details }),
      code: this.code,
    };
  }

  static fromStatus(status: Status): ApiError {
    const reason =
      status.reason && status.reason in reasonCodes
        ? (status.reason as Reason)
        : reasonOf(status.code ?? 500);
    return new ApiError(reason, status.message ?? status.reason ?? 'unknown error', status.details);
  }

  /** True when `error` is an ApiError with that reason. */
  static is(error: unknown, reason: Reason): error is ApiError {
    return error instanceof ApiError && error.reason === reason;
  }
}

function reasonOf(code: number): Reason {
  const known = Object.entries(reasonCodes).find(([, value]) => value === code);
  return known ? (known[0] as Reason) : 'InternalError';
}

/** What errors say of a resource: group and plural, e.g. `deployments.apps`. */
export interface ResourceNoun {
  group: string;
  resource: string;
}

function qualified({ group, resource }: ResourceNoun): string {
  return group ? `${resource}.${group}` : resource;
}

function detailsOf(noun: ResourceNoun, name: string): StatusDetails {
  return { name, ...(noun.group && { group: noun.group }), kind: noun.resource };
}

export function notFound(noun: ResourceNoun, name: string): ApiError {
  return new ApiError('NotFound', `${qualified(noun)} "${name}" not found`, detailsOf(noun, name));
}

export function alreadyExists(noun: ResourceNoun, name: string): ApiError {
  return new ApiError('AlreadyExists', `${qualified(noun)} "${name}" already exists`, detailsOf(noun, name));
}

export function conflict(noun: ResourceNoun, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(noun)} "${name}": ${why}`;
  return new ApiError('Conflict', message, detailsOf(noun, name));
}

export function forbidden(noun: ResourceNoun, name: string, why: string): ApiError {
  const subject = name ? `${qualified(noun)} "${name}"` : qualified(noun);
  return new ApiError('Forbidden', `${subject} is forbidden: ${why}`, detailsOf(noun, name));
}

/** A failure that is nobody's mistake: what failed stands in the details too. */
export function internalError(why: string): ApiError {
  return new ApiError('InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] });
}

/** Of one object: whoever reads them mends the first before the last. */
const mostFaults = 1000;

/** `kind` with its group, the name, and every fault that was found: of very many the first. */
export function invalid(group: string, kind: string, name: string, found: readonly FieldError[]): ApiError {
  const noun = group ? `${kind}.${group}` : kind;
  const faults = found.slice(0, mostFaults);
  const texts = [...new Set(faults.map(faultText))];
  if (found.length > faults.length) texts.push(`and ${found.length - faults.length} more`);
  const causes = faults.map((fault) => ({ reason: fault.reason, message: fault.text, field: fault.field }));
  return new ApiError('Invalid', `${noun} "${name}" is invalid: ${goErrors(texts)}`, {
    ...(name && { name }),
    ...(group && { group }),
    ...(kind && { kind }),
    causes,
  });
}
