// The Kind APIService: which server answers for an API group and version. Those of what is answered here are kept by the hub
// (hub/apiserver/aggregation/registration-controller.ts); where one names a Service, requests go there.

import {
  dns1035Label,
  dns1123Subdomain,
  type FieldError,
  FieldPath,
  faults,
  findCondition,
  type KubeObject,
  portNumber,
} from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { named, required } from '../core/pod-validation/rules.ts';
import type { Strategy } from '../resource.ts';
import { localAvailability } from './local-availability.ts';

interface Condition {
  type: string;
  status: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

/** kubernetes-types does not have this group. */
export interface APIService extends KubeObject {
  spec?: {
    /** Absent: answered by the API server itself. */
    service?: { namespace?: string; name?: string; port?: number };
    group?: string;
    version?: string;
    insecureSkipTLSVerify?: boolean;
    caBundle?: string;
    groupPriorityMinimum: number;
    versionPriority: number;
  };
  status?: { conditions?: Condition[] };
}

type Spec = NonNullable<APIService['spec']>;

const path = new FieldPath('spec');
const conditionStates = ['True', 'False', 'Unknown'];
const mostGroupPriority = 20_000;
const mostVersionPriority = 1000;

export const strategy: Strategy<APIService> = {
  schema: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  nameRule: 'path-segment',
  default({ spec }) {
    if (spec?.service) spec.service.port ??= 443;
  },
  needsRevision: true,
  statusKeepsMeta: true,
  prepareForCreate(service) {
    service.status = {};
    const lastTransitionTime = service.metadata?.creationTimestamp;
    if (!service.spec?.service && lastTransitionTime)
      service.status.conditions = [{ type: 'Available', ...localAvailability, lastTransitionTime }];
  },
  prepareForStatusUpdate(next, old) {
    if (old.spec) next.spec = old.spec;
    else delete next.spec;
  },
  validate: validateService,
  validateStatusUpdate: validateConditions,
  columns: [
    nameColumn(),
    textColumn('Service', 'The reference to the service that hosts this API endpoint.', ({ spec }) =>
      spec?.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local',
    ),
    textColumn('Available', 'Whether this service is available.', ({ status }) => {
      const { status: is = 'Unknown', reason } = findCondition(status?.conditions, 'Available') ?? {};
      return is !== 'True' && reason ? `${is} (${reason})` : is;
    }),
    ageColumn(),
  ],
};

function validateService({ metadata, spec }: APIService): FieldError[] {
  const { group = '', version = '', groupPriorityMinimum = 0, versionPriority = 0 } = spec ?? {};
  const name = `${version}.${group}`;
  const nameFault = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`;
  return [
    ...(metadata?.name === name
      ? []
      : [faults.invalid(new FieldPath('metadata').child('name'), metadata?.name ?? '', nameFault)]),
    ...(group === '' && version !== 'v1'
      ? [faults.required(path.child('group'), 'only v1 may have an empty group and it better be legacy kube')]
      : []),
    ...(group === '' ? [] : named(dns1123Subdomain, group, path.child('group'))),
    ...named(dns1035Label, version, path.child('version')),
    ...within(groupPriorityMinimum, mostGroupPriority, path.child('groupPriorityMinimum')),
    ...within(versionPriority, mostVersionPriority, path.child('versionPriority')),
    ...(spec?.service ? remoteFaults(spec, spec.service) : localFaults(spec)),
  ];
}

function validateConditions({ status }: APIService): FieldError[] {
  const at = new FieldPath('status').child('conditions');
  return (status?.conditions ?? []).flatMap((condition, index) =>
    conditionStates.includes(condition.status)
      ? []
      : [faults.notSupported(at.index(index).child('status'), condition.status, conditionStates)],
  );
}

function within(value: number, most: number, at: FieldPath): FieldError[] {
  if (value > 0 && value <= most) return [];
  return [faults.invalid(at, value, `must be positive and less than ${most}`)];
}

function localFaults({ caBundle = '', insecureSkipTLSVerify }: Partial<Spec> = {}): FieldError[] {
  const only = (field: string) => `local APIServices may not have ${field}`;
  const bytes = Buffer.from(caBundle, 'base64').length;
  return [
    ...(bytes > 0 ? [faults.invalid(path.child('caBundle'), `${bytes} bytes`, only('a caBundle'))] : []),
    ...(insecureSkipTLSVerify
      ? [faults.invalid(path.child('insecureSkipTLSVerify'), true, only('insecureSkipTLSVerify'))]
      : []),
  ];
}

function remoteFaults(
  { caBundle, insecureSkipTLSVerify }: Spec,
  service: NonNullable<Spec['service']>,
): FieldError[] {
  const at = path.child('service');
  const { port = 0 } = service;
  const wrongPort = portNumber(port);
  return [
    ...required(service.namespace || undefined, at.child('namespace')),
    ...required(service.name || undefined, at.child('name')),
    ...(wrongPort.length > 0
      ? [faults.invalid(at.child('port'), port, `port is not valid: ${wrongPort.join(', ')}`)]
      : []),
    ...(insecureSkipTLSVerify && caBundle
      ? [faults.invalid(path.child('insecureSkipTLSVerify'), true, 'may not be true if caBundle is present')]
      : []),
  ];
}
