// What is wrong with an Ingress, as upstream's validation of networking.k8s.io/v1 says it.

import type { TypedLocalObjectReference } from 'kubernetes-types/core/v1';
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressRule,
  IngressTLS,
} from 'kubernetes-types/networking/v1';
import {
  dns1035Label,
  dns1123Subdomain,
  type FieldError,
  FieldPath,
  faults,
  ipAddress,
  pathSegmentName,
  portName,
  portNumber,
  wildcardDns1123Subdomain,
} from '../../machinery/index.ts';
import { named, subdomain } from '../core/pod-validation/rules.ts';
import { validateIp } from '../ip-address.ts';
import { ingressClassAnnotation } from './default-class.ts';

type ServiceBackend = NonNullable<IngressBackend['service']>;

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const forbiddenSequences = ['//', '/./', '/../', '%2f', '%2F'];
const forbiddenSuffixes = ['/..', '/.'];
const path = new FieldPath('spec');

export function validateIngress({ spec = {} }: Ingress): FieldError[] {
  const { rules, defaultBackend, tls = [], ingressClassName } = spec;
  const found: FieldError[] = [];
  if (!rules?.length && !defaultBackend)
    found.push(faults.invalid(path, rules, 'either `defaultBackend` or `rules` must be specified'));
  if (defaultBackend) found.push(...validateBackend(defaultBackend, path.child('defaultBackend')));
  found.push(...(rules ?? []).flatMap((rule, index) => validateRule(rule, path.child('rules').index(index))));
  found.push(...tls.flatMap((each, index) => validateTls(each, path.child('tls').index(index))));
  if (ingressClassName !== undefined)
    found.push(...subdomain(ingressClassName, path.child('ingressClassName')));
  return found;
}

/** Of a new one only: who has both may come to change them one by one. */
export function validateClassAnnotation({ metadata, spec }: Ingress): FieldError[] {
  const annotated = metadata?.annotations?.[ingressClassAnnotation];
  const named = spec?.ingressClassName;
  if (annotated === undefined || named === undefined || annotated === named) return [];
  const at = new FieldPath('annotations').child(ingressClassAnnotation);
  return [faults.invalid(at, annotated, 'must match `ingressClassName` when both are specified')];
}

export function validateIngressStatus({ status }: Ingress): FieldError[] {
  const at = new FieldPath('status').child('loadBalancer', 'ingress');
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, index) => [
    ...(ip ? validateIp(ip, at.index(index).child('ip')) : []),
    ...(hostname ? validateDnsName(hostname, at.index(index).child('hostname')) : []),
  ]);
}

function validateRule({ host, http }: IngressRule, at: FieldPath): FieldError[] {
  const found = host ? validateHost(host, at.child('host')) : [];
  if (!http) return found;
  const paths = at.child('http', 'paths');
  if (!http.paths?.length) return [...found, faults.required(paths)];
  return [...found, ...http.paths.flatMap((each, index) => validatePath(each, paths.index(index)))];
}

function validateHost(host: string, at: FieldPath): FieldError[] {
  return host.includes('*') ? named(wildcardDns1123Subdomain, host, at) : validateDnsName(host, at);
}

function validateDnsName(name: string, at: FieldPath): FieldError[] {
  const address = ipAddress(name).length === 0;
  return [
    ...(address ? [faults.invalid(at, name, 'must be a DNS name, not an IP address')] : []),
    ...subdomain(name, at),
  ];
}

function validateTls({ hosts = [], secretName }: IngressTLS, at: FieldPath): FieldError[] {
  return [
    ...hosts.flatMap((host, index) =>
      named(
        host.includes('*') ? wildcardDns1123Subdomain : dns1123Subdomain,
        host,
        at.child('hosts').index(index),
      ),
    ),
    ...(secretName ? subdomain(secretName, at.child('secretName')) : []),
  ];
}

function validatePath({ path: text = '', pathType, backend }: HTTPIngressPath, at: FieldPath): FieldError[] {
  const place = at.child('path');
  const wrong = (detail: string) => faults.invalid(place, text, detail);
  if (pathType === undefined) return [faults.required(at.child('pathType'), 'pathType must be specified')];
  const found: FieldError[] = [];
  const free = pathType === 'ImplementationSpecific';
  if (!pathTypes.includes(pathType))
    found.push(faults.notSupported(at.child('pathType'), pathType, pathTypes));
  else {
    if (!text.startsWith('/') && !(free && text === '')) found.push(wrong('must be an absolute path'));
    if (!free)
      found.push(
        ...forbiddenSequences
          .filter((part) => text.includes(part))
          .map((part) => wrong(`must not contain '${part}'`)),
        ...forbiddenSuffixes
          .filter((part) => text.endsWith(part))
          .map((part) => wrong(`cannot end with '${part}'`)),
      );
  }
  return [...found, ...validateBackend(backend ?? {}, at.child('backend'))];
}

function validateBackend({ resource, service }: IngressBackend, at: FieldPath): FieldError[] {
  if (resource && service) return [faults.invalid(at, '', 'cannot set both resource and service backends')];
  if (resource) return validateReference(resource, at.child('resource'));
  if (service) return validateService(service, at);
  return [faults.invalid(at, '', 'resource or service backend is required')];
}

function validateService({ name, port = {} }: ServiceBackend, at: FieldPath): FieldError[] {
  const namePath = at.child('service', 'name');
  const portPath = at.child('service', 'port');
  const found = name ? named(dns1035Label, name, namePath) : [faults.required(namePath)];
  if (port.name && port.number) found.push(faults.invalid(at, '', 'cannot set both port name & port number'));
  else if (port.name) found.push(...named(portName, port.name, portPath.child('name')));
  else if (port.number)
    found.push(
      ...portNumber(port.number).map((text) => faults.invalid(portPath.child('number'), port.number, text)),
    );
  else found.push(faults.required(at, 'port name or number is required'));
  return found;
}

/** A reference to an object of any Kind; `detail` is said of a kind or name that is missing. */
export function validateReference(
  { apiGroup, kind, name }: Partial<TypedLocalObjectReference>,
  at: FieldPath,
): FieldError[] {
  const segment = (value: string | undefined, field: 'kind' | 'name') =>
    value
      ? named(pathSegmentName, value, at.child(field))
      : [faults.required(at.child(field), `${field} is required`)];
  return [
    ...(apiGroup === undefined ? [] : subdomain(apiGroup, at.child('apiGroup'))),
    ...segment(kind, 'kind'),
    ...segment(name, 'name'),
  ];
}
