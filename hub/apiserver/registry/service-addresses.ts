// Cluster IPs and node ports are given out while a Service is written, one write at a time: the Services themselves are
// the record of what is taken, so nothing can leak.

import { type Service, services } from '../../../shared/api/index.ts';
import type { KubeObject, Live } from '../../../shared/machinery/index.ts';
import { isLiveOf, isOf } from '../kind.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { ApiRequest } from '../request.ts';

/** Sets the addresses of a Service in place, looking at those of all others; throws ApiError for what is taken. */
export interface AddressAllocator {
  allocate(service: Service, old: Live<Service> | undefined, existing: readonly Live<Service>[]): void;
}

export interface ServiceAddressesOptions {
  /** Absent: Services get no addresses. */
  allocator: AddressAllocator | undefined;
  reader: ObjectReader;
}

export class ServiceAddresses {
  private readonly options: ServiceAddressesOptions;
  private last: Promise<unknown> = Promise.resolve();

  constructor(options: ServiceAddressesOptions) {
    this.options = options;
  }

  /** Does the whole of a write, from its steps to its commit: for a Service alone, for all else at once. */
  async during<R>({ resource }: Pick<ApiRequest, 'resource'>, write: () => Promise<R>): Promise<R> {
    if (
      !this.options.allocator ||
      resource.group !== services.group ||
      resource.resource !== services.resource
    ) {
      return write();
    }
    const turn = this.last.then(write);
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** Only within `during`. */
  async allocate(
    { resource }: Pick<ApiRequest, 'resource'>,
    next: KubeObject,
    old: Live | undefined,
  ): Promise<void> {
    const { allocator, reader } = this.options;
    if (!allocator || !isOf(services, resource, next)) return;
    const before = old && isLiveOf(services, old) ? old : undefined;
    allocator.allocate(next, before, await reader.list(services));
  }
}
