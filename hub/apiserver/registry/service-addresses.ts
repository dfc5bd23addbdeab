// Cluster IPs and node ports are given out while a Service is written, one write at a time: the Services themselves are
// the record of what is taken, so nothing can leak.

import { isOf, type Service, services } from '../../../shared/api/index.ts';
import type { KubeObject, Live } from '../../../shared/machinery/index.ts';
import { isLiveOf } from '../kind.ts';
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

  constructor(options: ServiceAddressesOptions) {
    this.options = options;
  }

  /** Whether Services are given addresses. */
  get given(): boolean {
    return this.options.allocator !== undefined;
  }

  /** Only in a turn of its own among the writes of Services. */
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
