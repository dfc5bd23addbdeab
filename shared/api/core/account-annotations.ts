// Annotations of service accounts that others than their Kind act on.

/** `true`: the account's pods may name no secrets but those that it lists. */
export const enforceMountableSecrets = 'kubernetes.io/enforce-mountable-secrets';
