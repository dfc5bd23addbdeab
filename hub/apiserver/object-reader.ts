// Typed reads of the store for the API server's own needs (admission, subresources). Nobody is asked for permission.

import type { Resource } from '../../shared/api/index.ts';
import type { KubeObject, Live, ObjectKey } from '../../shared/machinery/index.ts';
import type { Store } from '../store/index.ts';
import { isLiveOf, prefixOf, storeKey } from './kind.ts';

export class ObjectReader {
  private readonly store: Store;

  constructor({ store }: { store: Store }) {
    this.store = store;
  }

  async get<T extends KubeObject>(
    row: Resource<T>,
    { namespace, name }: ObjectKey,
  ): Promise<Live<T> | undefined> {
    const object = await this.store.get(storeKey(row, namespace, name));
    return object && isLiveOf(row, object) ? object : undefined;
  }

  /** Whatever is stored of a resource, in whichever version. */
  async all(
    row: Pick<Resource, 'group' | 'resource' | 'storedAs'>,
    namespace?: string,
  ): Promise<readonly Live[]> {
    return (await this.store.list(prefixOf(row, namespace))).objects;
  }

  async list<T extends KubeObject>(row: Resource<T>, namespace?: string): Promise<Live<T>[]> {
    const { objects } = await this.store.list(prefixOf(row, namespace));
    return objects.filter((object): object is Live<T> => isLiveOf(row, object));
  }
}
