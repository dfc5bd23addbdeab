// The Kinds that subresources speak, as bodies to decode.

import type { TokenRequest } from 'kubernetes-types/authentication/v1';
import type { KubeObject } from '../../../../shared/machinery/index.ts';
import { ApiError, isRecord } from '../../../../shared/machinery/index.ts';
import { metaOf } from '../../kind.ts';
import type { ApiRequest } from '../../request.ts';
import type { BodyForm } from '../decode-body.ts';

export const scaleForm: BodyForm = {
  row: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  strategy: { schema: 'io.k8s.api.autoscaling.v1.Scale' },
};

export const bindingForm: BodyForm = {
  row: { group: '', version: 'v1', kind: 'Binding' },
  strategy: { schema: 'io.k8s.api.core.v1.Binding' },
};

export const evictionForm: BodyForm = {
  row: { group: 'policy', version: 'v1', kind: 'Eviction' },
  strategy: { schema: 'io.k8s.api.policy.v1.Eviction' },
};

export const tokenRequestForm: BodyForm = {
  row: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
  strategy: { schema: 'io.k8s.api.authentication.v1.TokenRequest' },
};

export const subresourceForms: readonly BodyForm[] = [scaleForm, bindingForm, evictionForm, tokenRequestForm];

/** Whether a decoded body is one: its schema has looked at the fields that are there. */
export function isTokenRequest(object: KubeObject): object is TokenRequest {
  return object.kind === tokenRequestForm.row.kind && (!('spec' in object) || isRecord(object.spec));
}

/** A Binding or an Eviction is of the pod that the path names. */
export function checkUrlName(object: KubeObject, { name = '' }: ApiRequest, kind: string): void {
  if (metaOf(object).name !== name) {
    throw new ApiError('BadRequest', `name in URL does not match name in ${kind} object`);
  }
}
