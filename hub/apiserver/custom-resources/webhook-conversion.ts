// Strategy Webhook: a ConversionReview over HTTPS asks a program of the definition's author
// (k8s.io/apiextensions-apiserver/pkg/apiserver/conversion/webhook_converter.go).

import { randomUUID } from 'node:crypto';
import { request } from 'node:https';
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
import { addressText, type Endpoints, type WebhookAddress, webhookAddress } from './webhook-address.ts';

export interface ConversionWebhook {
  webhook: NonNullable<Conversion['webhook']>;
  endpoints: Endpoints;
  group: string;
}

/** Upstream's time for a conversion. */
const timeoutSeconds = 30;
/** An answer of more bytes is refused. */
const mostBytes = 8 * 1024 * 1024;

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
    answer = await post(address, config.caBundle, review);
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

/** Answers the parsed body. Throws an Error in Go's words, as far as they can be known. */
function post(address: WebhookAddress, caBundle: string | undefined, body: unknown): Promise<unknown> {
  const { url, connect } = address;
  const text = JSON.stringify(body);
  const prefix = `Post ${JSON.stringify(addressText(address))}`;
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${prefix}: ${why}`));
    const call = request(
      {
        method: 'POST',
        host: connect?.host ?? url.hostname.replace(/^\[|\]$/g, ''),
        port: connect?.port ?? (url.port || 443),
        path: url.pathname + url.search,
        headers: {
          host: url.host,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          accept: 'application/json',
        },
        servername: /^[\d.]+$|:/.test(url.hostname) ? '' : url.hostname,
        ...(caBundle && { ca: Buffer.from(caBundle, 'base64') }),
        signal: AbortSignal.timeout(timeoutSeconds * 1000),
        agent: false,
      },
      (response) => {
        const parts: Buffer[] = [];
        let size = 0;
        response.on('data', (part: Buffer) => {
          size += part.length;
          if (size > mostBytes) call.destroy(new Error(`the answer has more than ${mostBytes} bytes`));
          else parts.push(part);
        });
        response.on('error', (error) => fail(error.message));
        response.on('end', () => {
          const code = response.statusCode ?? 0;
          if (code < 200 || code > 299)
            return reject(
              new Error(
                `the server responded with the status code ${code} but did not return more information`,
              ),
            );
          try {
            resolve(JSON.parse(Buffer.concat(parts).toString()));
          } catch (error) {
            fail(error instanceof Error ? error.message : String(error));
          }
        });
      },
    );
    call.on('error', (error: NodeJS.ErrnoException) =>
      fail(goWords(error, connect ?? { host: url.hostname, port: Number(url.port) || 443 })),
    );
    call.end(text);
  });
}

function goWords(error: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return `dial tcp ${host}:${port}: connect: connection refused`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${host}: no such host`;
    case 'ABORT_ERR':
      return 'context deadline exceeded';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    default:
      return error.name === 'TimeoutError' || error.name === 'AbortError'
        ? 'context deadline exceeded'
        : error.message;
  }
}
