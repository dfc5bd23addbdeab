// AdmissionReview v1: what a webhook is asked, and what its answer must look like
// (k8s.io/apiserver/pkg/admission/plugin/webhook/request).

import { randomUUID } from 'node:crypto';
import type { Resource } from '../../../../shared/api/index.ts';
import {
  apiVersionOf,
  isRecord,
  type JsonObject,
  type KubeObject,
} from '../../../../shared/machinery/index.ts';
import { saysTrue } from '../../rest-path.ts';
import type { AdmissionRequest } from '../admission-plugin.ts';
import { type Attributes, keyOf } from './admission-attributes.ts';

export interface Verdict {
  allowed: boolean;
  result: JsonObject;
  patch: unknown;
  warnings: string[];
  auditAnnotations: Record<string, string>;
}

/** The request of a review, which CEL sees too. */
export function requestOf(attributes: Attributes): JsonObject & { uid: string } {
  const { operation, request, row, object = null, old = null, dryRun } = attributes;
  const { resource, subresource, user } = request;
  const { name, namespace } = keyOf(attributes);
  const kind = kindOf(object ?? old, row);
  const isOwn = kind.kind === row.kind && kind.group === row.group && kind.version === row.version;
  return {
    uid: randomUUID(),
    kind,
    resource: placeOf(row),
    ...(subresource && { subResource: subresource }),
    requestKind: isOwn ? kindOf(null, resource) : kind,
    requestResource: placeOf(resource),
    ...(subresource && { requestSubResource: subresource }),
    ...(name && { name }),
    ...(namespace && { namespace }),
    operation,
    userInfo: {
      username: user.name,
      ...(user.uid && { uid: user.uid }),
      groups: [...user.groups],
      ...(user.extra && { extra: user.extra }),
    },
    object,
    oldObject: old,
    dryRun,
    options: optionsOf(attributes),
  };
}

/** That of the object, which a subresource may have of its own. */
function kindOf(object: KubeObject | null, row: Resource): JsonObject {
  const [group, version] = splitVersion(object?.apiVersion ?? apiVersionOf(row));
  return { group, version, kind: object?.kind ?? row.kind };
}

function placeOf({ group, version, resource }: Resource): JsonObject {
  return { group, version, resource };
}

function splitVersion(apiVersion: string): [string, string] {
  const [group = '', version] = apiVersion.split('/');
  return version === undefined ? ['', group] : [group, version];
}

/** Of a patch they are those of what it comes to: an update, or a create. */
function optionsOf({ operation, request, dryRun }: Attributes): JsonObject | null {
  if (operation === 'CONNECT') return null;
  const kinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' };
  return {
    ...(operation === 'DELETE' ? deleteOptionsOf(request) : writeOptionsOf(request)),
    kind: kinds[operation],
    apiVersion: 'meta.k8s.io/v1',
    ...(dryRun && { dryRun: ['All'] }),
  };
}

function writeOptionsOf({ query }: AdmissionRequest): JsonObject {
  const fieldManager = query?.get('fieldManager');
  const fieldValidation = query?.get('fieldValidation');
  return { ...(fieldManager && { fieldManager }), ...(fieldValidation && { fieldValidation }) };
}

/** The query counts only where there is no body. */
function deleteOptionsOf({ body, query }: AdmissionRequest): JsonObject {
  if (isRecord(body)) return body;
  const gracePeriodSeconds = query?.get('gracePeriodSeconds');
  const propagationPolicy = query?.get('propagationPolicy');
  const orphanDependents = query?.get('orphanDependents');
  return {
    ...(gracePeriodSeconds && { gracePeriodSeconds: Number(gracePeriodSeconds) }),
    ...(propagationPolicy && { propagationPolicy }),
    ...(typeof orphanDependents === 'string' && { orphanDependents: saysTrue(orphanDependents) }),
  };
}

/** Throws an Error for what is no answer to that review. */
export function verdictOf(answer: unknown, uid: string, apiVersion: string, mutating: boolean): Verdict {
  const review = isRecord(answer) ? answer : {};
  if (review.apiVersion !== apiVersion || review.kind !== 'AdmissionReview') {
    const [group = '', version = ''] = splitVersion(text(review.apiVersion));
    const got = `${group ? `${group}/` : ''}${version}, Kind=${text(review.kind)}`;
    throw new Error(`expected webhook response of ${apiVersion}, Kind=AdmissionReview, got ${got}`);
  }
  const { response } = review;
  if (!isRecord(response)) throw new Error('webhook response was absent');
  if (response.uid !== uid && apiVersion.endsWith('/v1'))
    throw new Error(
      `expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`,
    );
  const { patchType } = response;
  const patched = text(response.patch);
  if (patched && !mutating && apiVersion.endsWith('/v1'))
    throw new Error('validating webhook may not return response.patch');
  if (patched && patchType !== 'JSONPatch')
    throw new Error('webhook returned response.patch but not response.patchType="JSONPatch"');
  const { warnings, auditAnnotations } = response;
  return {
    allowed: response.allowed === true,
    result: isRecord(response.status) ? response.status : {},
    patch: patched ? JSON.parse(Buffer.from(patched, 'base64').toString()) : undefined,
    warnings: Array.isArray(warnings) ? warnings.filter((each) => typeof each === 'string') : [],
    auditAnnotations: isRecord(auditAnnotations) ? textsOf(auditAnnotations) : {},
  };
}

function textsOf(map: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, text(value)]));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
