// The Kind NetworkPolicy: who may talk to the pods that it selects, and to whom they may talk.

export type { NetworkPolicy } from 'kubernetes-types/networking/v1';

import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from 'kubernetes-types/networking/v1';
import {
  type FieldError,
  FieldPath,
  faults,
  formatLabelSelector,
  goList,
  portName,
  portNumber,
  validateLabelSelector,
} from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { containsCidr, isCidr, validateCidr } from '../ip-address.ts';
import type { Strategy } from '../resource.ts';

const policyTypes = ['Ingress', 'Egress'];
const protocols = ['TCP', 'UDP', 'SCTP'];
const path = new FieldPath('spec');

export const strategy: Strategy<NetworkPolicy> = {
  schema: 'io.k8s.api.networking.v1.NetworkPolicy',
  generation: true,
  default(policy) {
    policy.spec = { podSelector: {}, ...policy.spec };
    const { spec } = policy;
    for (const { ports = [] } of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
      for (const port of ports) port.protocol ??= 'TCP';
    if (!spec.policyTypes?.length)
      spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
  },
  validate: ({ spec }) => (spec ? validateSpec(spec) : []),
  columns: [
    nameColumn(),
    textColumn(
      'Pod-Selector',
      'podSelector selects the pods to which this NetworkPolicy object applies. The array of ingress rules is applied to any pods selected by this field. Multiple network policies can select the same set of pods. In this case, the ingress rules for each are combined additively. This field is NOT optional and follows standard label selector semantics. An empty podSelector matches all pods in this namespace.',
      ({ spec }) => formatLabelSelector(spec?.podSelector),
    ),
    ageColumn(),
  ],
};

function validateSpec(spec: NetworkPolicySpec): FieldError[] {
  return [
    ...validateLabelSelector(spec.podSelector, path.child('podSelector')),
    ...(spec.ingress ?? []).flatMap(({ ports, from }, index) =>
      validateRule(ports, from, 'from', path.child('ingress').index(index)),
    ),
    ...(spec.egress ?? []).flatMap(({ ports, to }, index) =>
      validateRule(ports, to, 'to', path.child('egress').index(index)),
    ),
    ...validateTypes(spec.policyTypes ?? [], path.child('policyTypes')),
  ];
}

function validateTypes(types: readonly string[], at: FieldPath): FieldError[] {
  if (types.length > policyTypes.length)
    return [
      faults.invalid(at, goList(types, 'networking.PolicyType'), 'may not specify more than two policyTypes'),
    ];
  return types.flatMap((type, index) =>
    policyTypes.includes(type) ? [] : [faults.notSupported(at.index(index), type, policyTypes)],
  );
}

function validateRule(
  ports: readonly NetworkPolicyPort[] = [],
  peers: readonly NetworkPolicyPeer[] = [],
  field: 'from' | 'to',
  at: FieldPath,
): FieldError[] {
  return [
    ...ports.flatMap((port, index) => validatePort(port, at.child('ports').index(index))),
    ...peers.flatMap((peer, index) => validatePeer(peer, at.child(field).index(index))),
  ];
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, at: FieldPath): FieldError[] {
  const found: FieldError[] = [];
  const end = at.child('endPort');
  if (protocol !== undefined && !protocols.includes(protocol))
    found.push(faults.notSupported(at.child('protocol'), protocol, protocols));
  if (typeof port === 'number') {
    found.push(...portNumber(port).map((text) => faults.invalid(at.child('port'), port, text)));
    if (endPort === undefined) return found;
    // Upstream shows the port here.
    if (endPort < port) found.push(faults.invalid(end, port, 'must be greater than or equal to `port`'));
    return [...found, ...portNumber(endPort).map((text) => faults.invalid(end, endPort, text))];
  }
  if (endPort !== undefined) {
    const why = port === undefined ? 'not specified' : 'non-numeric';
    found.push(faults.invalid(end, endPort, `may not be specified when \`port\` is ${why}`));
  }
  if (port === undefined) return found;
  return [...found, ...portName(port).map((text) => faults.invalid(at.child('port'), port, text))];
}

function validatePeer(peer: NetworkPolicyPeer, at: FieldPath): FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  const found = [
    ...validateLabelSelector(podSelector, at.child('podSelector')),
    ...validateLabelSelector(namespaceSelector, at.child('namespaceSelector')),
    ...(ipBlock ? validateBlock(ipBlock, at.child('ipBlock')) : []),
  ];
  if (!podSelector && !namespaceSelector && !ipBlock) found.push(faults.required(at, 'must specify a peer'));
  if (ipBlock && (podSelector || namespaceSelector))
    found.push(faults.forbidden(at, 'may not specify both ipBlock and another peer'));
  return found;
}

function validateBlock({ cidr = '', except = [] }: IPBlock, at: FieldPath): FieldError[] {
  if (!cidr) return [faults.required(at.child('cidr'))];
  if (!isCidr(cidr)) return validateCidr(cidr, at.child('cidr'));
  return except.flatMap((range, index) => {
    const place = at.child('except').index(index);
    if (!isCidr(range)) return validateCidr(range, place);
    return containsCidr(cidr, range)
      ? []
      : [faults.invalid(place, range, 'must be a strict subset of `cidr`')];
  });
}
