// Whether an APIService's server can be asked, as far as its objects tell (k8s.io/kube-aggregator/pkg/controllers/status). Pure.

import {
  type APIService,
  type Availability,
  type EndpointSlice,
  localAvailability,
  type Service,
} from '../../../shared/api/index.ts';

export const passed: Availability = { status: 'True', reason: 'Passed', message: 'all checks passed' };

/** Undefined: its server has to be asked. */
export function planAvailability(
  { spec }: APIService,
  service: Service | undefined,
  slices: readonly EndpointSlice[],
): Availability | undefined {
  if (!spec?.service) return localAvailability;
  const { namespace = '', name = '', port = 443 } = spec.service;
  const where = `service/${name} in ${JSON.stringify(namespace)}`;
  const no = (reason: string, message: string): Availability => ({ status: 'False', reason, message });
  if (!service) return no('ServiceNotFound', `${where} is not present`);
  if (service.spec?.type !== 'ClusterIP') return undefined;
  const wanted = service.spec.ports?.find((each) => each.port === port);
  if (!wanted) return no('ServicePortError', `${where} is not listening on port ${port}`);
  if (slices.length === 0) return no('EndpointsNotFound', `cannot find endpointslices for ${where}`);
  const portName = wanted.name ?? '';
  const has = slices.some(
    ({ endpoints, ports }) =>
      (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false) &&
      (ports ?? []).some((each) => (each.name ?? '') === portName && each.port !== undefined),
  );
  if (has) return undefined;
  const lacks = `endpointslices for ${where} have no addresses with port name ${JSON.stringify(portName)}`;
  return no('MissingEndpoints', lacks);
}
