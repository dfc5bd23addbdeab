// NamespaceLifecycle: nothing is created where there is no namespace or where it is going, and three of them stay forever.

import { localsubjectaccessreviews, namespaces } from '../../../shared/api/index.ts';
import { ApiError, forbidden, notFound } from '../../../shared/machinery/index.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission-plugin.ts';

const immortal = ['default', 'kube-system', 'kube-public'];

export function namespaceLifecycle({ reader }: { reader: ObjectReader }): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    async admit(request, object) {
      const { verb, resource, namespace, name = '' } = request;
      if (verb === 'delete' && resource.resource === namespaces.resource && resource.group === '') {
        if (immortal.includes(name)) throw forbidden(resource, name, 'this namespace may not be deleted');
      }
      // What is asked of an object there is new, too: evictions, bindings, tokens.
      if (verb !== 'create' || !resource.namespaced || namespace === undefined) return;
      // Who asks for their rights is not told of namespaces.
      if (resource.resource === localsubjectaccessreviews.resource) return;
      const found = await reader.get(namespaces, { name: namespace });
      if (!found) throw notFound(namespaces, namespace);
      if (found.metadata.deletionTimestamp)
        throw terminating(request, object?.metadata?.name ?? name, namespace);
    },
  };
}

function terminating({ resource }: AdmissionRequest, name: string, namespace: string): ApiError {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const refusal = forbidden(resource, name, why);
  const message = `namespace ${namespace} is being terminated`;
  return new ApiError('Forbidden', refusal.message, {
    ...refusal.details,
    causes: [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }],
  });
}
