// Admission by the cluster's administrator's own rules: webhooks and policies.

export { admissionWebhooks } from './admission-webhooks.ts';
export { validatingPolicies } from './validating-policies.ts';
