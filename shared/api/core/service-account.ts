// The Kind ServiceAccount: whom a pod's processes are to the API.

export type { ServiceAccount } from 'kubernetes-types/core/v1';

import type { ServiceAccount } from 'kubernetes-types/core/v1';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';
import { enforceMountableSecrets } from './account-annotations.ts';

export const strategy: Strategy<ServiceAccount> = {
  schema: 'io.k8s.api.core.v1.ServiceAccount',
  prepareForCreate: nameSecretsOnly,
  prepareForUpdate: nameSecretsOnly,
  warnings: ({ metadata }) =>
    metadata?.annotations?.[enforceMountableSecrets] === undefined
      ? []
      : [
          `metadata.annotations[${enforceMountableSecrets}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
        ],
  columns: [
    nameColumn(),
    textColumn(
      'Secrets',
      'Secrets is a list of the secrets in the same namespace that pods running using this ServiceAccount are allowed to use. Pods are only limited to this list if this service account has a "kubernetes.io/enforce-mountable-secrets" annotation set to "true". The "kubernetes.io/enforce-mountable-secrets" annotation is deprecated since v1.32. Prefer separate namespaces to isolate access to mounted secrets. This field should not be used to find auto-generated service account token secrets for use outside of pods. Instead, tokens can be requested directly using the TokenRequest API, or service account token secrets can be manually created. More info: https://kubernetes.io/docs/concepts/configuration/secret',
      (account) => account.secrets?.length ?? 0,
    ),
    ageColumn(),
  ],
};

/** A secret is always of the account's own namespace: the rest of a reference says nothing. */
function nameSecretsOnly(account: ServiceAccount): void {
  if (account.secrets)
    account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}
