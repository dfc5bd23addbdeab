// The Kind Endpoints: the addresses behind a Service, in the form that came before EndpointSlices.

export type { Endpoints } from 'kubernetes-types/core/v1';

import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints } from 'kubernetes-types/core/v1';
import {
  dns1123Label,
  dns1123Subdomain,
  type FieldError,
  FieldPath,
  faults,
  portNumber,
  qualifiedName,
} from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { validateIp, validateNonSpecialIp } from '../ip-address.ts';
import type { Strategy } from '../resource.ts';

/** Sorted, as messages show them. */
export const protocols: readonly string[] = ['SCTP', 'TCP', 'UDP'];

export const strategy: Strategy<Endpoints> = {
  schema: 'io.k8s.api.core.v1.Endpoints',
  createOnUpdate: true,
  default(endpoints) {
    for (const subset of endpoints.subsets ?? [])
      for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
  },
  validate: ({ subsets = [] }) =>
    subsets.flatMap((subset, index) => validateSubset(subset, new FieldPath('subsets').index(index))),
  columns: [
    nameColumn(),
    textColumn(
      'Endpoints',
      'The set of all endpoints is the union of all subsets. Addresses are placed into subsets according to the IPs they share. A single address with multiple ports, some of which are ready and some of which are not (because they come from different containers) will result in the address being displayed in different subsets for the different ports. No address will appear in both Addresses and NotReadyAddresses in the same subset. Sets of addresses and ports that comprise a service.',
      formatEndpoints,
    ),
    ageColumn(),
  ],
};

function validateSubset(subset: EndpointSubset, path: FieldPath): FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  const found: FieldError[] = [];
  if (addresses.length === 0 && notReadyAddresses.length === 0)
    found.push(faults.required(path, 'must specify `addresses` or `notReadyAddresses`'));
  addresses.forEach((address, index) => {
    found.push(...validateAddress(address, path.child('addresses').index(index)));
  });
  notReadyAddresses.forEach((address, index) => {
    found.push(...validateAddress(address, path.child('notReadyAddresses').index(index)));
  });
  ports.forEach((port, index) => {
    found.push(...validatePort(port, ports.length > 1, path.child('ports').index(index)));
  });
  return found;
}

function validateAddress({ ip = '', hostname, nodeName }: EndpointAddress, path: FieldPath): FieldError[] {
  return [
    ...validateIp(ip, path.child('ip')),
    ...(hostname ? dns1123Label(hostname) : []).map((text) =>
      faults.invalid(path.child('hostname'), hostname, text),
    ),
    ...(nodeName === undefined ? [] : dns1123Subdomain(nodeName)).map((text) =>
      faults.invalid(path.child('nodeName'), nodeName, text),
    ),
    ...validateNonSpecialIp(ip, path.child('ip')),
  ];
}

function validatePort(port: EndpointPort, named: boolean, path: FieldPath): FieldError[] {
  const { name = '', protocol = '', appProtocol } = port;
  const number = port.port ?? 0;
  const found: FieldError[] = [];
  if (named && !name) found.push(faults.required(path.child('name')));
  else if (name)
    found.push(...dns1123Label(name).map((text) => faults.invalid(path.child('name'), name, text)));
  found.push(...portNumber(number).map((text) => faults.invalid(path.child('port'), number, text)));
  if (!protocol) found.push(faults.required(path.child('protocol')));
  else if (!protocols.includes(protocol))
    found.push(faults.notSupported(path.child('protocol'), protocol, protocols));
  const app = appProtocol === undefined ? [] : qualifiedName(appProtocol);
  return [...found, ...app.map((text) => faults.invalid(path.child('appProtocol'), appProtocol, text))];
}

/** e.g. `10.1.1.2:80,10.1.1.1:80,10.1.1.2:90 + 2 more...`: what is ready, each address with each port. */
function formatEndpoints({ subsets = [] }: Endpoints): string {
  if (subsets.length === 0) return '<none>';
  const shown = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) =>
          addresses.map(({ ip }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)),
        ),
  );
  const first = shown.slice(0, 3).join(',');
  return shown.length > 3 ? `${first} + ${shown.length - 3} more...` : first;
}
