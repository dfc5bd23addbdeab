// The one implementation of Client: turns typed calls into a transport's requests.

import type { Resource } from '../api/index.ts';
import type { KubeList, KubeObject, Live, ObjectKey } from '../machinery/index.ts';
import type { Client, DeleteQuery, Listed, ListQuery, WriteQuery } from './client.ts';
import { addressOf } from './object-name.ts';
import type { Transport, TransportRequest } from './transport.ts';

/** A typed client over any transport. It keeps no state of its own. */
export function createClient(transport: Transport): Client {
  async function ask<A>(request: TransportRequest): Promise<A> {
    // The resource's row says what comes back; this is where the untyped wire meets it.
    return (await transport.request(request)) as A;
  }

  return {
    get: <T extends KubeObject>(resource: Resource<T>, key: ObjectKey) =>
      ask<Live<T>>({ verb: 'get', resource, ...key }),

    list: <T extends KubeObject>(resource: Listed<T>, query: ListQuery = {}) => {
      const { namespace, ...rest } = query;
      return ask<KubeList<T>>({
        verb: 'list',
        resource,
        ...(namespace && { namespace }),
        query: onWire(rest),
      });
    },

    create: <T extends KubeObject>(resource: Resource<T>, object: T, query: WriteQuery = {}) =>
      ask<Live<T>>({
        verb: 'create',
        resource,
        ...(object.metadata?.namespace && { namespace: object.metadata.namespace }),
        ...writeQuery(query),
        body: object,
      }),

    getUnder: (resource, key, subresource) => ask({ verb: 'get', resource, ...key, subresource }),

    getElsewhere: (resource, key, under, query) =>
      ask({ verb: 'get', resource, ...key, ...(under && { subresource: under }), ...(query && { query }) }),

    createUnder: (resource, key, subresource, body) =>
      ask({ verb: 'create', resource, ...key, subresource, body }),

    update: <T extends KubeObject>(resource: Resource<T>, object: T, query: WriteQuery = {}) =>
      ask<Live<T>>({ verb: 'update', resource, ...addressOf(object), ...writeQuery(query), body: object }),

    patch: <T extends KubeObject>(
      resource: Resource<T>,
      key: ObjectKey,
      patchType: NonNullable<TransportRequest['patchType']>,
      patch: unknown,
      query: WriteQuery = {},
    ) => ask<Live<T>>({ verb: 'patch', resource, ...key, ...writeQuery(query), body: patch, patchType }),

    delete: async (resource, key, query = {}) => {
      await ask({ verb: 'delete', resource, ...key, body: deleteOptions(query) });
    },

    deleteCollection: async (resource, namespace, query = {}) => {
      await ask({ verb: 'deletecollection', resource, namespace, body: deleteOptions(query) });
    },

    listWatch: (scope, handlers) => transport.listWatch(scope, handlers),
  };
}

function deleteOptions(query: DeleteQuery): object {
  return { apiVersion: 'v1', kind: 'DeleteOptions', ...query };
}

/** Query parameters are strings; what is absent is not sent. */
function onWire(query: Record<string, string | number | boolean | undefined>): Record<string, string> {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

function writeQuery({ subresource, fieldManager, dryRun }: WriteQuery): Partial<TransportRequest> {
  const query = onWire({ fieldManager, dryRun: dryRun ? 'All' : undefined });
  return {
    ...(subresource && { subresource }),
    ...(Object.keys(query).length > 0 && { query }),
  };
}
