// Strategy Webhook: a ConversionReview over HTTPS asks a program of the definition's author
// (k8s.io/apiextensions-apiserver/pkg/apiserver/conversion/webhook_converter.go).

import { randomUUID } from 'node:crypto';
import type { Conversion } from '../../../shared/api/apiextensions/index.ts';
import {
  ApiError,
  deepEqual,
  isRecord,
  type JsonObject,
  type KubeObject,
  mutableCopy,
} from '../../../shared/machinery/index.ts';
import { isKubeObject } from '../kind.ts';
import type { Endpoints } from '../services/index.ts';
import { postReview } from './post-review.ts';
import { webhookAddress } from './webhook-address.ts';

export interface ConversionWebhook {
  webhook: NonNullable<Conversion['webhook']>;
  endpoints: Endpoints;
  group: string;
}

/** Upstream's time for a conversion. */
const timeoutSeconds = 30;

/** Throws ApiError InternalError: who may not be shown an object is told why. */
export async function convertByWebhook(
  { webhook, endpoints }: ConversionWebhook,
  object: KubeObject,
  desiredAPIVersion: string,
): Promise<KubeObject> {
  const failed = (why: string) => failure(`conversion webhook for ${kindText(object)} failed: ${why}`);
  const version =
    webhook.conversionReviewVersions?.find((each) => each === 'v1' || each === 'v1beta1') ?? 'v1';
  const uid = randomUUID();
  const review = {
    kind: 'ConversionReview',
    apiVersion: `apiextensions.k8s.io/${version}`,
    request: { uid, desiredAPIVersion, objects: [object] },
  };
  let answer: unknown;
  try {
    const config = webhook.clientConfig ?? {};
    const address = await webhookAddress(config, timeoutSeconds, endpoints);
    answer = await postReview(address, { caBundle: config.caBundle, timeoutSeconds, body: review });
  } catch (error) {
    throw failed(error instanceof Error ? error.message : String(error));
  }
  return checked(answer, { uid, object, desiredAPIVersion, failed, reviewVersion: review.apiVersion });
}

function kindText({ apiVersion = '', kind = '' }: KubeObject): string {
  return `${apiVersion}, Kind=${kind}`;
}

function failure(why: string): ApiError {
  return new ApiError('InternalError', why, { causes: [{ message: why }] });
}

interface Asked {
  uid: string;
  object: KubeObject;
  desiredAPIVersion: string;
  reviewVersion: string;
  failed(why: string): ApiError;
}

function checked(answer: unknown, asked: Asked): KubeObject {
  const { failed, uid, object, desiredAPIVersion, reviewVersion } = asked;
  if (!isRecord(answer)) throw failed('expected a ConversionReview');
  if (answer.kind !== 'ConversionReview' || answer.apiVersion !== reviewVersion)
    throw failed(
      `invalid response: expected ${reviewVersion}, Kind=ConversionReview, got ${answer.apiVersion}, Kind=${answer.kind}`,
    );
  const { response } = answer;
  if (!isRecord(response)) throw failed('invalid response: no response provided');
  if (response.uid !== uid) throw failed(`invalid response: expected UID ${uid}, got ${response.uid}`);
  const result = isRecord(response.result) ? response.result : {};
  if (result.status !== 'Success') throw refused(result, failed);
  const converted = response.convertedObjects;
  if (!Array.isArray(converted) || converted.length !== 1)
    throw failed(`webhook returned ${Array.isArray(converted) ? converted.length : 0} objects, expected 1`);
  const [first]: unknown[] = converted;
  if (!isKubeObject(first)) throw failed('webhook returned invalid converted object at index 0');
  if (first.apiVersion !== desiredAPIVersion)
    throw failed(
      `webhook returned invalid converted object at index 0: invalid groupVersion (expected ${desiredAPIVersion}, received ${first.apiVersion})`,
    );
  if (first.kind !== object.kind)
    throw failed(
      `webhook returned invalid converted object at index 0: invalid kind (expected ${object.kind}, received ${first.kind})`,
    );
  return withMetadata(object, first, failed);
}

function refused(result: JsonObject, failed: Asked['failed']): ApiError {
  if (result.status !== 'Failure')
    return failed('unexpected response from webhook: status must be Success or Failure');
  return failed(typeof result.message === 'string' && result.message ? result.message : 'unknown');
}

/** A conversion may change labels and annotations of the metadata, and nothing else of it. */
function withMetadata(object: KubeObject, converted: KubeObject, failed: Asked['failed']): KubeObject {
  const { labels, annotations, ...others } = converted.metadata ?? {};
  const { labels: _, annotations: __, ...before } = object.metadata ?? {};
  const fixed = ['name', 'namespace', 'uid'] as const;
  for (const field of fixed)
    if (others[field] !== before[field])
      throw failed(
        `invalid metadata of object in converted object at index 0: metadata.${field} mutated from ${JSON.stringify(before[field] ?? '')} to ${JSON.stringify(others[field] ?? '')}`,
      );
  if (labels !== undefined && !isRecord(labels)) throw failed('metadata.labels is no map of strings');
  const next = mutableCopy<KubeObject>(converted);
  const metadata = { ...mutableCopy(before), ...(labels && { labels }), ...(annotations && { annotations }) };
  if (!deepEqual(next.metadata, metadata)) next.metadata = metadata;
  return next;
}
