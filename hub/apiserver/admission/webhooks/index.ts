// Admission by programs of the cluster's administrator: webhooks.

export { admissionWebhooks } from './admission-webhooks.ts';
