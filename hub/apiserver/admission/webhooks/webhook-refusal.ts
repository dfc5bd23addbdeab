// How a webhook's no, and its silence, are told to the client (upstream's ToStatusErr and ErrCallingWebhook).

import {
  ApiError,
  internalError,
  isRecord,
  type JsonObject,
  type Status,
} from '../../../../shared/machinery/index.ts';

/** Carries the webhook's own code and reason; without a reason there is none, as upstream. */
class WebhookDenial extends ApiError {
  override readonly code: number;
  private readonly said: string | undefined;

  constructor(known: ApiError, message: string, code: number, said: string | undefined) {
    super(known.reason, message, known.details);
    this.code = code;
    this.said = said;
  }

  override toStatus(): Status {
    const { reason: _, ...status } = super.toStatus();
    return { ...status, ...(this.said && { reason: this.said }), code: this.code };
  }
}

export function denial(webhook: string, result: JsonObject): ApiError {
  const code = typeof result.code === 'number' && result.code >= 400 ? result.code : 400;
  const reason = typeof result.reason === 'string' && result.reason ? result.reason : undefined;
  const said = typeof result.message === 'string' && result.message ? result.message : reason;
  const by = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const message = said ? `${by}: ${said}` : `${by} without explanation`;
  const known = ApiError.fromStatus({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    code,
    ...(reason && { reason }),
    ...(isRecord(result.details) && { details: result.details }),
  });
  return new WebhookDenial(known, message, code, reason);
}

export function callFailure(webhook: string, why: string): ApiError {
  return internalError(`failed calling webhook ${JSON.stringify(webhook)}: ${why}`);
}

export function dryRunRefusal(webhook: string): ApiError {
  return new ApiError('BadRequest', `admission webhook ${JSON.stringify(webhook)} does not support dry run`);
}
