// Gives Services their addresses and node ports. It holds no state: what is taken is what the existing Services say,
// so nothing can leak, and a hub that starts again allocates as before.

import {
  familyOf,
  type IpFamily,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePort,
  validateClusterIps,
} from '../../../shared/api/core/service/index.ts';
import type { Service } from '../../../shared/api/index.ts';
import {
  deepEqual,
  type FieldError,
  FieldPath,
  faults,
  internalError,
  invalid,
} from '../../../shared/machinery/index.ts';
import { AddressRange, PortRange } from './allocation-ranges.ts';

export interface ServiceAllocatorOptions {
  /** Addresses of Services, e.g. `10.96.0.0/16`; its first is for the Service `kubernetes`. */
  serviceCidr: string;
  /** First and last node port; default 30000 to 32767. */
  nodePorts?: readonly [first: number, last: number];
}

type Spec = NonNullable<Service['spec']>;

const path = new FieldPath('spec');

export class ServiceAllocator {
  private readonly addresses: AddressRange;
  private readonly ports: PortRange;
  private readonly family: IpFamily;

  constructor({ serviceCidr, nodePorts = [30000, 32767] }: ServiceAllocatorOptions) {
    this.addresses = new AddressRange(serviceCidr);
    this.ports = new PortRange(...nodePorts);
    this.family = familyOf(serviceCidr.replace(/\/.*/, ''));
  }

  /**
   * Completes a Service that was defaulted, prepared and validated, in place: `clusterIP`, `clusterIPs`,
   * `ipFamilies`, `ipFamilyPolicy`, node ports. `old` is absent on creation. `existing` are all Services, of all namespaces;
   * the one under way among them is left out of account. Throws Invalid (a requested value is taken or out of range),
   * or InternalError (none is left).
   */
  allocate(service: Service, old: Service | undefined, existing: readonly Service[]): void {
    const { spec } = service;
    if (!spec) return;
    const others = existing.filter((other) => !isSame(other, service));
    if (needsClusterIp(spec)) {
      this.settleFamilies(service, spec, old?.spec);
      this.allocateAddress(service, spec, old?.spec, others);
    }
    this.allocatePorts(service, spec, old?.spec, others);
  }

  /** Upstream's initIPFamilyFields, on a cluster of one family. */
  private settleFamilies(service: Service, spec: Spec, before: Spec | undefined): void {
    const freeForm = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
    spec.ipFamilyPolicy ??= freeForm ? 'RequireDualStack' : 'SingleStack';
    refuse(service, validateClusterIps(service));
    if (before) releaseSecond(service, spec, before);
    refuse(service, familyCountFaults(spec));
    const families = [...(spec.ipFamilies ?? [])];
    if (families.length === 0) families.push(this.familyOfFirst(service, spec));
    if (!freeForm) refuse(service, this.familyFaults(spec));
    else if (families.length === 1 && spec.ipFamilyPolicy !== 'SingleStack')
      families.push(families[0] === 'IPv4' ? 'IPv6' : 'IPv4');
    spec.ipFamilies = families;
  }

  private familyOfFirst(service: Service, { clusterIPs = [] }: Spec): IpFamily {
    const [address] = clusterIPs;
    if (!address || address === 'None') return this.family;
    const family = familyOf(address);
    if (family !== this.family) {
      const detail = `${family} is not configured on this cluster`;
      refuse(service, [faults.invalid(path.child('clusterIPs').index(0), clusterIPs, detail)]);
    }
    return family;
  }

  private familyFaults({ ipFamilies = [], ipFamilyPolicy }: Spec): FieldError[] {
    const found: FieldError[] = [];
    if (ipFamilyPolicy === 'RequireDualStack') {
      const detail = 'this cluster is not configured for dual-stack services';
      found.push(faults.invalid(path.child('ipFamilyPolicy'), ipFamilyPolicy, detail));
    }
    ipFamilies.forEach((family, index) => {
      if (family === this.family) return;
      const at = path.child('ipFamilies').index(index);
      found.push(faults.invalid(at, family, 'not configured on this cluster'));
    });
    return found;
  }

  private allocateAddress(
    service: Service,
    spec: Spec,
    before: Spec | undefined,
    others: readonly Service[],
  ): void {
    const [requested] = spec.clusterIPs ?? [];
    // An address is for good: a changed one is refused by validation, not allocated.
    if (requested === 'None' || (before && needsClusterIp(before) && before.clusterIP)) return;
    const taken = new Set(others.flatMap(({ spec: other }) => other?.clusterIPs ?? []));
    const address = requested || this.addresses.next(taken, seedOf(service));
    if (!address) throw internalError('failed to allocate a serviceIP: range is full');
    const why = requested && this.addresses.refusal(requested, taken);
    if (why) {
      const detail = `failed to allocate IP ${requested}: ${why}`;
      refuse(service, [faults.invalid(path.child('clusterIPs'), spec.clusterIPs, detail)]);
    }
    spec.clusterIP = address;
    spec.clusterIPs = [address];
  }

  private allocatePorts(
    service: Service,
    spec: Spec,
    before: Spec | undefined,
    others: readonly Service[],
  ): void {
    const taken = new Set(others.flatMap(nodePortsOf));
    if (spec.type === 'NodePort' || spec.type === 'LoadBalancer')
      this.allocateNodePorts(service, spec, taken, before === undefined);
    // Once there, it is for good: a changed one is refused by validation.
    if (!needsHealthCheckPort(spec) || (before && needsHealthCheckPort(before))) return;
    for (const { nodePort } of spec.ports ?? []) if (nodePort) taken.add(nodePort);
    const { healthCheckNodePort: requested } = spec;
    const why = requested && this.ports.refusal(requested, taken);
    if (why) {
      const what = `failed to allocate requested HealthCheck NodePort ${requested}: ${why}`;
      throw internalError(what);
    }
    spec.healthCheckNodePort =
      requested || this.nextPort(taken, service, 'failed to allocate a HealthCheck NodePort 0');
  }

  /** Ports of one number (say, TCP and UDP) of a new Service share a node port. What was asked for goes first. */
  private allocateNodePorts(service: Service, spec: Spec, taken: Set<number>, isNew: boolean): void {
    const ports = spec.ports ?? [];
    const asked = new Set<number>();
    ports.forEach(({ nodePort }, index) => {
      if (!nodePort) return;
      const why = this.ports.refusal(nodePort, taken);
      const at = path.child('ports').index(index).child('nodePort');
      if (why) refuse(service, [faults.invalid(at, nodePort, why)]);
      asked.add(nodePort);
    });
    for (const nodePort of asked) taken.add(nodePort);
    if (!needsNodePort(spec)) return;
    const ofNumber = new Map(
      ports.flatMap(({ port, nodePort }) => (nodePort && isNew ? [[port, nodePort] as const] : [])),
    );
    for (const port of ports) {
      port.nodePort ||=
        ofNumber.get(port.port) ?? this.nextPort(taken, service, 'failed to allocate a nodePort');
      if (isNew) ofNumber.set(port.port, port.nodePort);
    }
  }

  private nextPort(taken: Set<number>, service: Service, what: string): number {
    const port = this.ports.next(taken, seedOf(service));
    if (port === undefined) throw internalError(`${what}: range is full`);
    taken.add(port);
    return port;
  }
}

/** With the policy alone: what stands beside it as it was loses its second; without it nothing may. */
function releaseSecond(service: Service, spec: Spec, before: Spec): void {
  const lists = [
    ['clusterIPs', 'cluster IP'],
    ['ipFamilies', 'IP family'],
  ] as const;
  const at = path.child('ipFamilyPolicy');
  for (const [field, word] of lists) {
    const [next = [], old = []] = [spec[field], before[field]];
    if (spec.ipFamilyPolicy === 'SingleStack') {
      if (next.length > 1 && deepEqual(next, old)) spec[field] = next.slice(0, 1);
    } else if (next.length > 0 && next.length < old.length) {
      const detail = `must be 'SingleStack' to release the secondary ${word}`;
      refuse(service, [faults.invalid(at, spec.ipFamilyPolicy, detail)]);
    }
  }
}

function familyCountFaults(spec: Spec): FieldError[] {
  if (spec.ipFamilyPolicy !== 'SingleStack') return [];
  const counts = [
    ['cluster IPs', spec.clusterIPs],
    ['IP families', spec.ipFamilies],
  ] as const;
  return counts
    .filter(([, list]) => list?.length === 2)
    .map(([words]) => {
      const detail = `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${words} are specified`;
      return faults.invalid(path.child('ipFamilyPolicy'), spec.ipFamilyPolicy, detail);
    });
}

function nodePortsOf({ spec }: Service): number[] {
  const ports = (spec?.ports ?? []).map(({ nodePort }) => nodePort);
  return [...ports, spec?.healthCheckNodePort].flatMap((port) => port || []);
}

function isSame(one: Service, other: Service): boolean {
  const [a, b] = [one.metadata, other.metadata];
  return a?.name !== undefined && a.name === b?.name && a.namespace === b?.namespace;
}

/** A Service that comes back gets the address that it had, if that is still free. */
function seedOf({ metadata }: Service): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

function refuse(service: Service, found: readonly FieldError[]): void {
  if (found.length > 0) throw invalid('', 'Service', service.metadata?.name ?? '', found);
}
