// Asks one webhook about one write.

import type { MutatingWebhookConfiguration } from '../../../../shared/api/index.ts';
import { messageOf } from '../../../../shared/base/index.ts';
import { postReview, webhookAddress } from '../../custom-resources/index.ts';
import { requestTimeout } from '../../request-time.ts';
import type { Endpoints } from '../../services/index.ts';
import type { Attributes } from './admission-attributes.ts';
import { requestOf, type Verdict, verdictOf } from './admission-review.ts';
import { callFailure, denial, dryRunRefusal } from './webhook-refusal.ts';

export type Webhook = NonNullable<MutatingWebhookConfiguration['webhooks']>[number];

const defaultTimeoutSeconds = 10;
const withoutEffects = ['None', 'NoneOnDryRun'];

/**
 * Answers undefined for one that failed and may (failurePolicy Ignore). Throws ApiError: the webhook's denial,
 * BadRequest for a dry run that it does not take, InternalError where it failed and may not, Timeout where the time of the
 * request itself is over.
 */
export async function callWebhook(
  webhook: Webhook,
  attributes: Attributes,
  endpoints: Endpoints,
  mutating: boolean,
): Promise<Verdict | undefined> {
  const { name, sideEffects } = webhook;
  if (attributes.dryRun && !withoutEffects.includes(sideEffects)) throw dryRunRefusal(name);
  let verdict: Verdict;
  try {
    verdict = await ask(webhook, attributes, endpoints, mutating);
  } catch (error) {
    if (timeLeftOf(attributes) <= 0) throw requestTimeout();
    if (webhook.failurePolicy === 'Ignore') return undefined;
    throw callFailure(name, messageOf(error));
  }
  const { warn, audit } = attributes.request;
  for (const warning of verdict.warnings) warn?.(warning);
  for (const [key, value] of Object.entries(verdict.auditAnnotations))
    audit?.annotate(`${name}/${key}`, value);
  if (!verdict.allowed) throw denial(name, verdict.result);
  return verdict;
}

async function ask(
  { clientConfig, timeoutSeconds = defaultTimeoutSeconds, admissionReviewVersions }: Webhook,
  attributes: Attributes,
  endpoints: Endpoints,
  mutating: boolean,
): Promise<Verdict> {
  const version = admissionReviewVersions.find((each) => each === 'v1' || each === 'v1beta1') ?? 'v1';
  const apiVersion = `admission.k8s.io/${version}`;
  const request = requestOf(attributes);
  const body = { kind: 'AdmissionReview', apiVersion, request };
  // It has no more time than the request has. What it is told of it is whole seconds.
  const seconds = Math.max(0, Math.min(timeoutSeconds, timeLeftOf(attributes) / 1000));
  const answer = await asFailedCall(async () => {
    const address = await webhookAddress(clientConfig, Math.ceil(seconds), endpoints);
    return postReview(address, { caBundle: clientConfig.caBundle, timeoutSeconds: seconds, body });
  });
  try {
    return verdictOf(answer, request.uid, apiVersion, mutating);
  } catch (cause) {
    throw new Error(`received invalid webhook response: ${messageOf(cause)}`, { cause });
  }
}

function timeLeftOf({ request: { timeLeft } }: Attributes): number {
  return timeLeft ? timeLeft() : Number.POSITIVE_INFINITY;
}

async function asFailedCall(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return await call();
  } catch (cause) {
    throw new Error(`failed to call webhook: ${messageOf(cause)}`, { cause });
  }
}
