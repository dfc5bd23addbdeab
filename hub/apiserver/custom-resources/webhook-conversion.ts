// Strategy Webhook: a ConversionReview over HTTPS asks a program of the definition's author
// (k8s.io/apiextensions-apiserver/pkg/apiserver/conversion/webhook_converter.go).

import { randomUUID } from 'node:crypto';
import type { Conversion } from '../../../shared/api/apiextensions/index.ts';
import { messageOf } from '../../../shared/base/index.ts';
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
const reviewVersions = { v1: 'apiextensions.k8s.io/v1', v1beta1: 'apiextensions.k8s.io/v1beta1' };
/** What of an object stays as it is, as messages name it. */
const fixed = [
  ['name', 'name'],
  ['namespace', 'namespace'],
  ['uid', 'UID'],
] as const;

/** Throws ApiError InternalError: who may not be shown an object is told why. */
export async function convertByWebhook(
  { webhook, endpoints }: ConversionWebhook,
  object: KubeObject,
  desiredAPIVersion: string,
): Promise<KubeObject> {
  const wrong = (how: string) => failure(`conversion webhook for ${kindText(object)} ${how}`);
  const version =
    webhook.conversionReviewVersions?.find((each) => each === 'v1' || each === 'v1beta1') ?? 'v1';
  const uid = randomUUID();
  const review = {
    kind: 'ConversionReview',
    apiVersion: reviewVersions[version],
    request: { uid, desiredAPIVersion, objects: [object] },
  };
  let answer: unknown;
  try {
    const config = webhook.clientConfig ?? {};
    const address = await webhookAddress(config, timeoutSeconds, endpoints);
    answer = await postReview(address, { caBundle: config.caBundle, timeoutSeconds, body: review });
  } catch (error) {
    throw wrong(`failed: ${messageOf(error)}`);
  }
  return checked(answer, { uid, object, desiredAPIVersion, wrong, reviewVersion: review.apiVersion });
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
  /** `how` it went wrong, e.g. `failed: no such port`. */
  wrong(how: string): ApiError;
}

function checked(answer: unknown, asked: Asked): KubeObject {
  const { wrong, object, desiredAPIVersion } = asked;
  const converted = responseOf(answer, asked).convertedObjects;
  const [first, ...others]: unknown[] = Array.isArray(converted) ? converted : [];
  if (first === undefined || others.length > 0)
    throw wrong(`returned ${first === undefined ? 0 : others.length + 1} objects, expected 1`);
  if (!isKubeObject(first)) throw wrong('returned invalid object at index 0: it is none');
  const { apiVersion, kind } = first;
  if (apiVersion !== desiredAPIVersion)
    throw wrong(
      `returned invalid object at index 0: invalid groupVersion (expected ${desiredAPIVersion}, received ${apiVersion})`,
    );
  if (kind !== object.kind)
    throw wrong(
      `returned invalid object at index 0: invalid kind (expected ${object.kind}, received ${kind})`,
    );
  return withMetadata(object, first, wrong);
}

/** As upstream, an answer of v1beta1 need neither say so nor to what it is one. */
function responseOf(answer: unknown, { uid, reviewVersion, wrong }: Asked): JsonObject {
  const { apiVersion, kind, response }: JsonObject = isRecord(answer) ? answer : {};
  const isStrict = reviewVersion === reviewVersions.v1;
  if (isStrict && (kind !== 'ConversionReview' || apiVersion !== reviewVersion))
    throw wrong(
      `failed: expected webhook response of ${reviewVersion}, Kind=ConversionReview, got ${apiVersion}, Kind=${kind}`,
    );
  if (!isRecord(response)) throw wrong('failed: no response provided');
  if (isStrict && response.uid !== uid)
    throw wrong(`failed: expected response.uid="${uid}", got "${response.uid}"`);
  const { status = '', message }: JsonObject = isRecord(response.result) ? response.result : {};
  if (status === 'Success') return response;
  throw wrong(`failed: ${message || `response.result.status was '${status}', not 'Success'`}`);
}

/** A conversion may change labels and annotations of the metadata, and nothing else of it. */
function withMetadata(object: KubeObject, converted: KubeObject, wrong: Asked['wrong']): KubeObject {
  const { labels, annotations, ...others } = converted.metadata ?? {};
  const { labels: _, annotations: __, ...before } = object.metadata ?? {};
  for (const [field, named] of fixed)
    if (others[field] !== before[field])
      throw wrong(
        `returned invalid object: must have the same ${named}: ${before[field] ?? ''} != ${others[field] ?? ''}`,
      );
  if (labels !== undefined && !isRecord(labels))
    throw wrong('returned invalid metadata: labels are no map of strings');
  const next = mutableCopy<KubeObject>(converted);
  const metadata = { ...mutableCopy(before), ...(labels && { labels }), ...(annotations && { annotations }) };
  if (!deepEqual(next.metadata, metadata)) next.metadata = metadata;
  return next;
}
