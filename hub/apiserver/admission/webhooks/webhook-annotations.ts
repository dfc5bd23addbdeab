// What the audit log is told of the webhooks that were asked about a request, in upstream's words
// (k8s.io/apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go).

import { escapedJson, inKeyOrder, isRecord } from '../../../../shared/machinery/index.ts';
import type { RequestAudit } from '../../request.ts';
import type { Webhook } from './webhook-caller.ts';

/** A webhook, and where it stands. */
export interface PlacedWebhook {
  webhook: Webhook;
  /** The name of its configuration. */
  configuration: string;
  /** Among those of all configurations; of validating ones, among those that are asked. */
  index: number;
}

/** One question to a mutating webhook: round 1 is that about what others have changed. */
export interface WebhookCall {
  placed: PlacedWebhook;
  round: 0 | 1;
  audit: RequestAudit | undefined;
}

const domain = 'webhook.admission.k8s.io';

export function noteMutation(call: WebhookCall, mutated: boolean): void {
  call.audit?.annotate(`mutation.${domain}/${placeOf(call)}`, textOf(call.placed, { mutated }));
}

/** Only for logs that have the request's body too: a patch says as much. */
export function notePatch(call: WebhookCall, operations: readonly unknown[]): void {
  const patch = operations.map(inOrder);
  const text = textOf(call.placed, { patch, patchType: 'JSONPatch' });
  call.audit?.annotate(`patch.${domain}/${placeOf(call)}`, text, 'Request');
}

/** The webhook failed, and may. */
export function noteFailedOpen(kind: 'mutation' | 'validating', call: WebhookCall): void {
  call.audit?.annotate(`failed-open.${kind}.${domain}/${placeOf(call)}`, call.placed.webhook.name);
}

function placeOf({ round, placed: { index } }: WebhookCall): string {
  return `round_${round}_index_${index}`;
}

function textOf({ configuration, webhook }: PlacedWebhook, more: object): string {
  return escapedJson(JSON.stringify({ configuration, webhook: webhook.name, ...more }));
}

/** An operation as Go writes it: its fields by name. */
function inOrder(operation: unknown): unknown {
  return isRecord(operation) ? inKeyOrder(Object.entries(operation)) : operation;
}
