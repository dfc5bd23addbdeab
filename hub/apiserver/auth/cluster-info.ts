// A board that knows nothing yet may read one ConfigMap: kube-public/cluster-info.

import type { Authorizer } from './authorize.ts';

export const clusterInfoAuthorizer: Authorizer = {
  name: 'cluster-info',
  authorize: ({ verb, group, resource, subresource, namespace, name }) =>
    verb === 'get' &&
    !group &&
    resource === 'configmaps' &&
    !subresource &&
    namespace === 'kube-public' &&
    name === 'cluster-info'
      ? { allowed: true }
      : undefined,
  rules: (_, namespace) =>
    namespace === 'kube-public'
      ? {
          resourceRules: [
            { verbs: ['get'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['cluster-info'] },
          ],
        }
      : undefined,
};
