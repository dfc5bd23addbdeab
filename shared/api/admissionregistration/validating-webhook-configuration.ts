// The Kind ValidatingWebhookConfiguration: who is asked, over HTTPS, whether a write may happen.

export type { ValidatingWebhookConfiguration } from 'kubernetes-types/admissionregistration/v1';

import type { ValidatingWebhookConfiguration } from 'kubernetes-types/admissionregistration/v1';
import type { Strategy } from '../resource.ts';
import { conditionsLater, defaultWebhook, validateWebhooks, webhookColumns } from './webhooks.ts';

export const strategy: Strategy<ValidatingWebhookConfiguration> = {
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration',
  generation: true,
  needsRevision: true,
  default: ({ webhooks = [] }) => webhooks.forEach(defaultWebhook),
  validate: ({ webhooks = [] }) => validateWebhooks(webhooks),
  validateLater: conditionsLater,
  columns: webhookColumns(),
};
