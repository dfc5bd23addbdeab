// The Kind EndpointSlice: some of the addresses behind a Service, all of one family.

export type { EndpointSlice } from 'kubernetes-types/discovery/v1';

import type { Endpoint, EndpointPort, EndpointSlice } from 'kubernetes-types/discovery/v1';
import {
  deepEqual,
  dns1123Label,
  dns1123Subdomain,
  type FieldError,
  FieldPath,
  faults,
  type NameRule,
  qualifiedName,
  validateLabels,
} from '../../machinery/index.ts';
import { ageColumn, firstThree, nameColumn, textColumn } from '../columns.ts';
import { protocols } from '../core/endpoints.ts';
import { familyOf, validateIp, validateNonSpecialIp } from '../ip-address.ts';
import type { Strategy } from '../resource.ts';

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];
const most = { endpoints: 1000, addresses: 100, ports: 20000, topologyLabels: 16, hints: 8 };

export const strategy: Strategy<EndpointSlice> = {
  schema: 'io.k8s.api.discovery.v1.EndpointSlice',
  generation: 'labels-too',
  default(slice) {
    for (const port of slice.ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  prepareForCreate: (slice) => dropTopology(slice),
  prepareForUpdate(next, old) {
    if (!deepEqual(next.endpoints, old.endpoints)) dropTopology(next);
  },
  validate: validateSlice,
  validateUpdate: (next, old) =>
    next.addressType === old.addressType
      ? []
      : [faults.invalid(new FieldPath('addressType'), next.addressType, 'field is immutable')],
  columns: [
    nameColumn(),
    textColumn(
      'AddressType',
      'addressType specifies the type of address carried by this EndpointSlice. All addresses in this slice must be the same type. This field is immutable after creation. The following address types are currently supported: * IPv4: Represents an IPv4 Address. * IPv6: Represents an IPv6 Address. * FQDN: Represents a Fully Qualified Domain Name.',
      (slice) => slice.addressType,
    ),
    textColumn(
      'Ports',
      'ports specifies the list of network ports exposed by each endpoint in this slice. Each port must have a unique name. When ports is empty, it indicates that there are no defined ports. When a port is defined with a nil port value, it indicates "all ports". Each slice may include a maximum of 100 ports.',
      ({ ports }) =>
        firstThree(
          (ports ?? []).map(({ port, name }) => `${port ?? name ?? '*'}`),
          '<unset>',
        ),
    ),
    textColumn(
      'Endpoints',
      'endpoints is a list of unique endpoints in this slice. Each slice may include a maximum of 1000 endpoints.',
      ({ endpoints }) =>
        firstThree(
          (endpoints ?? []).flatMap(({ addresses }) => addresses),
          '<unset>',
        ),
    ),
    ageColumn(),
  ],
};

/** A field of v1beta1: what was written there stays, nothing new comes. */
function dropTopology({ endpoints }: EndpointSlice): void {
  for (const endpoint of endpoints ?? []) delete endpoint.deprecatedTopology;
}

function validateSlice(slice: EndpointSlice): FieldError[] {
  const { addressType = '', endpoints = [], ports = [] } = slice;
  const found = validateAddressType(addressType, new FieldPath('addressType'));
  const path = new FieldPath('endpoints');
  if (endpoints.length > most.endpoints)
    return [...found, faults.tooMany(path, endpoints.length, most.endpoints)];
  endpoints.forEach((endpoint, index) => {
    found.push(...validateEndpoint(endpoint, addressType, path.index(index)));
  });
  return [...found, ...validatePorts(ports, new FieldPath('ports'))];
}

function validateAddressType(addressType: string, path: FieldPath): FieldError[] {
  if (!addressType) return [faults.required(path)];
  return addressTypes.includes(addressType) ? [] : [faults.notSupported(path, addressType, addressTypes)];
}

function validateEndpoint(endpoint: Endpoint, addressType: string, path: FieldPath): FieldError[] {
  const { addresses = [], nodeName, hostname, deprecatedTopology = {}, hints } = endpoint;
  const found: FieldError[] = [];
  const at = path.child('addresses');
  if (addresses.length === 0) found.push(faults.required(at, 'must contain at least 1 address'));
  else if (addresses.length > most.addresses)
    found.push(faults.tooMany(at, addresses.length, most.addresses));
  addresses.forEach((address, index) => {
    found.push(...validateAddress(address, addressType, at.index(index)));
  });
  found.push(...named(dns1123Subdomain, nodeName, path.child('nodeName')));
  const topology = path.child('deprecatedTopology');
  const labels = Object.keys(deprecatedTopology).length;
  if (labels > most.topologyLabels) found.push(faults.tooMany(topology, labels, most.topologyLabels));
  found.push(...validateLabels(deprecatedTopology, topology));
  found.push(...named(dns1123Label, hostname, path.child('hostname')));
  return [...found, ...validateHints(hints?.forZones ?? [], path.child('hints').child('forZones'))];
}

function validateAddress(address: string, addressType: string, path: FieldPath): FieldError[] {
  if (addressType === 'FQDN') return validateDomain(address, path);
  if (addressType !== 'IPv4' && addressType !== 'IPv6') return [];
  const fits = validateIp(address, path).length === 0 && familyOf(address) === addressType;
  return [
    ...(fits ? [] : [faults.invalid(path, address, `must be a valid ${addressType} address`)]),
    ...validateNonSpecialIp(address, path),
  ];
}

/** At least two labels; the dot of the root may follow. */
function validateDomain(name: string, path: FieldPath): FieldError[] {
  if (!name) return [faults.required(path)];
  const domain = name.replace(/\.$/, '');
  const wrong = dns1123Subdomain(domain);
  if (wrong.length > 0) return [faults.invalid(path, domain, wrong.join(','))];
  const labels = domain.split('.');
  if (labels.length < 2) {
    const detail = 'should be a domain with at least two segments separated by dots';
    return [faults.invalid(path, domain, detail)];
  }
  return labels.flatMap((label) => named(dns1123Label, label, path));
}

function validateHints(zones: readonly { name: string }[], path: FieldPath): FieldError[] {
  if (zones.length > most.hints) return [faults.tooMany(path, zones.length, most.hints)];
  return zones.flatMap(({ name }, index) => {
    const at = path.index(index).child('name');
    const repeated = zones.slice(0, index).some((zone) => zone.name === name);
    return [...(repeated ? [faults.duplicate(at, name)] : []), ...(name ? [] : [faults.required(at)])];
  });
}

function validatePorts(ports: readonly EndpointPort[], path: FieldPath): FieldError[] {
  if (ports.length > most.ports) return [faults.tooMany(path, ports.length, most.ports)];
  const names = new Set<string>();
  const found: FieldError[] = [];
  ports.forEach(({ name = '', protocol = '', appProtocol }, index) => {
    const at = path.index(index);
    if (names.has(name)) found.push(faults.duplicate(at.child('name'), name));
    names.add(name);
    if (name) found.push(...named(dns1123Label, name, at.child('name')));
    if (!protocol) found.push(faults.required(at.child('protocol')));
    else if (!protocols.includes(protocol))
      found.push(faults.notSupported(at.child('protocol'), protocol, protocols));
    found.push(...named(qualifiedName, appProtocol, at.child('appProtocol')));
  });
  return found;
}

function named(rule: NameRule, value: string | undefined, path: FieldPath): FieldError[] {
  return value === undefined ? [] : rule(value).map((text) => faults.invalid(path, value, text));
}
