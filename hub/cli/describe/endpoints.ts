// `kelp describe endpoints` and `endpointslice`.

import { listAt, textAt, textsAt } from '../json.ts';
import type { DescribeText } from './describe-text.ts';
import type { Describer } from './describer.ts';

function describeHead(text: DescribeText, object: unknown): void {
  text.line(0, 'Name:', textAt(object, 'metadata', 'name'));
  text.line(0, 'Namespace:', textAt(object, 'metadata', 'namespace'));
  text.labels('Labels', textsAt(object, 'metadata', 'labels'));
  text.annotations('Annotations', textsAt(object, 'metadata', 'annotations'));
}

function describePorts(text: DescribeText, level: number, ports: readonly unknown[]): void {
  text.line(level, 'Name', 'Port', 'Protocol');
  text.line(level, '----', '----', '--------');
  for (const port of ports)
    text.line(
      level,
      textAt(port, 'name') || '<unset>',
      textAt(port, 'port') || '<unset>',
      textAt(port, 'protocol'),
    );
}

export const describeEndpoints: Describer = async (text, endpoints) => {
  describeHead(text, endpoints);
  text.line(0, 'Subsets:');
  for (const subset of listAt(endpoints, 'subsets')) {
    const ips = (field: string) =>
      listAt(subset, field)
        .map((address) => textAt(address, 'ip'))
        .join(',') || '<none>';
    text.line(1, 'Addresses:', ips('addresses'));
    text.line(1, 'NotReadyAddresses:', ips('notReadyAddresses'));
    const ports = listAt(subset, 'ports');
    if (ports.length > 0) {
      text.line(1, 'Ports:');
      describePorts(text, 2, ports);
    }
    text.line(0, '');
  }
};

export const describeEndpointSlice: Describer = async (text, slice) => {
  describeHead(text, slice);
  text.line(0, 'AddressType:', textAt(slice, 'addressType'));
  const ports = listAt(slice, 'ports');
  if (ports.length === 0) text.line(0, 'Ports: <unset>');
  else {
    text.line(0, 'Ports:');
    describePorts(text, 1, ports);
  }
  const endpoints = listAt(slice, 'endpoints');
  text.line(0, endpoints.length === 0 ? 'Endpoints: <none>' : 'Endpoints:');
  for (const endpoint of endpoints) {
    const own = (...path: string[]) => textAt(endpoint, ...path) || '<unset>';
    text.line(1, '- Addresses:', listAt(endpoint, 'addresses').join(','));
    text.line(2, 'Conditions:');
    text.line(3, 'Ready:', own('conditions', 'ready'));
    text.line(2, 'Hostname:', own('hostname'));
    const target = textAt(endpoint, 'targetRef', 'kind');
    if (target) text.line(2, 'TargetRef:', `${target}/${textAt(endpoint, 'targetRef', 'name')}`);
    text.line(2, 'NodeName:', own('nodeName'));
    text.line(2, 'Zone:', own('zone'));
  }
};
