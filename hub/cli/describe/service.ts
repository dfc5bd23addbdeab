// `kelp describe service`.

import { listAt, textAt, textsAt, valueAt } from '../json.ts';
import { formatLabels } from '../printers/table-printer.ts';
import { readList } from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import type { DescribeText } from './describe-text.ts';
import type { Describer } from './describer.ts';

/** As many as `kubectl` shows of one port. */
const shownEndpoints = 3;

export const describeService: Describer = async (text, service, session) => {
  const optional = (title: string, value: string) => {
    if (value !== '') text.line(0, `${title}:`, value);
  };
  const spec = (field: string) => textAt(service, 'spec', field);
  const list = (field: string) => listAt(service, 'spec', field).map(String);
  text.line(0, 'Name:', textAt(service, 'metadata', 'name'));
  text.line(0, 'Namespace:', textAt(service, 'metadata', 'namespace'));
  text.labels('Labels', textsAt(service, 'metadata', 'labels'));
  text.annotations('Annotations', textsAt(service, 'metadata', 'annotations'));
  text.line(0, 'Selector:', formatLabels(textsAt(service, 'spec', 'selector')));
  text.line(0, 'Type:', spec('type'));
  optional('IP Family Policy', spec('ipFamilyPolicy'));
  text.line(0, 'IP Families:', list('ipFamilies').join(',') || '<none>');
  text.line(0, 'IP:', spec('clusterIP'));
  text.line(0, 'IPs:', list('clusterIPs').join(',') || '<none>');
  optional('External IPs', list('externalIPs').join(','));
  optional('Desired LoadBalancer IP', spec('loadBalancerIP'));
  optional('External Name', spec('externalName'));
  const ingress = listAt(service, 'status', 'loadBalancer', 'ingress').map(
    (entry) => textAt(entry, 'ip') || textAt(entry, 'hostname'),
  );
  optional('LoadBalancer Ingress', ingress.join(', '));
  const slices = await slicesOf(service, session);
  for (const port of listAt(service, 'spec', 'ports')) describePort(text, port, slices);
  text.line(0, 'Session Affinity:', spec('sessionAffinity'));
  optional('External Traffic Policy', spec('externalTrafficPolicy'));
  optional('Internal Traffic Policy', spec('internalTrafficPolicy'));
  optional('Traffic Distribution', spec('trafficDistribution'));
  optional('HealthCheck NodePort', spec('healthCheckNodePort'));
  optional('LoadBalancer Source Ranges', list('loadBalancerSourceRanges').join(','));
};

function describePort(text: DescribeText, port: unknown, slices: readonly unknown[]): void {
  const name = textAt(port, 'name');
  const protocol = textAt(port, 'protocol');
  text.line(0, 'Port:', name || '<unset>', `${textAt(port, 'port')}/${protocol}`);
  text.line(0, 'TargetPort:', `${textAt(port, 'targetPort')}/${protocol}`);
  const nodePort = textAt(port, 'nodePort');
  if (nodePort) text.line(0, 'NodePort:', name || '<unset>', `${nodePort}/${protocol}`);
  text.line(0, 'Endpoints:', endpoints(slices, name));
}

async function slicesOf(service: unknown, session: Session): Promise<unknown[]> {
  const type = await session.discovery.named('endpointslices.discovery.k8s.io');
  const namespace = textAt(service, 'metadata', 'namespace');
  const selector = `kubernetes.io/service-name=${textAt(service, 'metadata', 'name')}`;
  return readList(session, type, { namespace, selector });
}

function endpoints(slices: readonly unknown[], portName: string): string {
  if (slices.length === 0) return '<none>';
  const all = slices.flatMap((slice) =>
    listAt(slice, 'ports')
      .filter((port) => textAt(port, 'name') === portName)
      .flatMap((port) =>
        listAt(slice, 'endpoints')
          .filter((endpoint) => valueAt(endpoint, 'conditions', 'ready') !== false)
          .flatMap((endpoint) =>
            listAt(endpoint, 'addresses').map((address) => hostPort(String(address), textAt(port, 'port'))),
          ),
      ),
  );
  const shown = all.slice(0, shownEndpoints).join(',');
  return all.length > shownEndpoints ? `${shown} + ${all.length - shownEndpoints} more...` : shown;
}

function hostPort(address: string, port: string): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
