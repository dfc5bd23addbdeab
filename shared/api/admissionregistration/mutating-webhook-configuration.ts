// The Kind MutatingWebhookConfiguration: who may change, over HTTPS, what is to be written.

export type { MutatingWebhookConfiguration } from 'kubernetes-types/admissionregistration/v1';

import type { MutatingWebhookConfiguration } from 'kubernetes-types/admissionregistration/v1';
import { oneOf } from '../core/pod-validation/rules.ts';
import type { Strategy } from '../resource.ts';
import { conditionsLater, defaultWebhook, validateWebhooks, webhookColumns } from './webhooks.ts';

const reinvocationPolicies = ['IfNeeded', 'Never'];

export const strategy: Strategy<MutatingWebhookConfiguration> = {
  schema: 'io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration',
  generation: true,
  needsRevision: true,
  default({ webhooks = [] }) {
    for (const webhook of webhooks) {
      defaultWebhook(webhook);
      webhook.reinvocationPolicy ??= 'Never';
    }
  },
  validate: ({ webhooks = [] }) =>
    validateWebhooks(webhooks, ({ reinvocationPolicy = '' }, path) =>
      oneOf(reinvocationPolicy, reinvocationPolicies, path.child('reinvocationPolicy')),
    ),
  validateLater: conditionsLater,
  columns: webhookColumns(),
};
