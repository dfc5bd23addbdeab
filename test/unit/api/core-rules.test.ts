// Rules of core Kinds that no recording shows: what changes may say, and what a status may.

import { expect } from 'chai';
import { ServiceAllocator } from '../../../hub/apiserver/registry/service-allocator.ts';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';

const contentType = 'application/merge-patch+json';
const services = '/api/v1/namespaces/core/services';
const claims = '/api/v1/namespaces/core/persistentvolumeclaims';
const volumes = '/api/v1/persistentvolumes';
const nodes = '/api/v1/nodes';
const ports = [{ port: 80 }];

interface Change {
  what: string;
  collection: string;
  /** What there is. */
  body: object;
  /** A merge patch of it, to this subresource. */
  patch: object;
  subresource?: 'status';
  /** What is wrong with it; absent: nothing. */
  refused?: string;
}

const volume = {
  capacity: { storage: '1Gi' },
  accessModes: ['ReadWriteOnce'],
  csi: { driver: 'd.example.com', volumeHandle: 'h' },
};
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const affinityTo = (key: string, value: string) => ({
  nodeAffinity: {
    required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: [value] }] }] },
  },
});
const balancedAt = (ingress: object) => ({ status: { loadBalancer: { ingress: [ingress] } } });
const balanced = { spec: { type: 'LoadBalancer', ports } };

const changes: Change[] = [
  {
    what: 'a port for health checks that is another',
    collection: services,
    body: { spec: { ...balanced.spec, externalTrafficPolicy: 'Local', healthCheckNodePort: 31000 } },
    patch: { spec: { healthCheckNodePort: 31001 } },
    refused: 'spec.healthCheckNodePort: Forbidden: field is immutable',
  },
  {
    what: 'an address of a Service without a load balancer',
    collection: services,
    body: { spec: { ports } },
    patch: balancedAt({ ip: '192.0.2.1', ipMode: 'VIP' }),
    subresource: 'status',
    refused: "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
  },
  {
    what: 'the address of a load balancer',
    collection: services,
    body: balanced,
    patch: balancedAt({ ip: '192.0.2.1' }),
    subresource: 'status',
  },
  {
    what: 'an address that is none',
    collection: services,
    body: balanced,
    patch: balancedAt({ ip: 'a.example.com' }),
    subresource: 'status',
    refused:
      'status.loadBalancer.ingress[0].ip: Invalid value: "a.example.com": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  },
  {
    what: 'a name that is an address',
    collection: services,
    body: balanced,
    patch: balancedAt({ hostname: '192.0.2.1' }),
    subresource: 'status',
    refused:
      'status.loadBalancer.ingress[0].hostname: Invalid value: "192.0.2.1": must be a DNS name, not an IP address',
  },
  {
    what: 'a mode without an address',
    collection: services,
    body: balanced,
    patch: balancedAt({ hostname: 'a.example.com', ipMode: 'VIP' }),
    subresource: 'status',
    refused: 'status.loadBalancer.ingress[0].ipMode: Forbidden: may not be specified when `ip` is not set',
  },
  {
    what: 'an unknown mode',
    collection: services,
    body: balanced,
    patch: balancedAt({ ip: '192.0.2.1', ipMode: 'X' }),
    subresource: 'status',
    refused:
      'status.loadBalancer.ingress[0].ipMode: Unsupported value: "X": supported values: "Proxy", "VIP"',
  },
  {
    what: 'two names of one annotation that differ',
    collection: services,
    body: { spec: { ports } },
    patch: {
      metadata: {
        annotations: {
          'service.kubernetes.io/topology-mode': 'Auto',
          'service.kubernetes.io/topology-aware-hints': 'Disabled',
        },
      },
    },
    refused:
      'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "Auto": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
  },
  {
    what: 'ranges in the annotation of a Service without a load balancer',
    collection: services,
    body: { spec: { ports } },
    patch: {
      metadata: { annotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': '10.0.0.0/8' } },
    },
    refused:
      "metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Forbidden: may only be used when `type` is 'LoadBalancer'",
  },
  {
    what: 'capacity of a node that is negative',
    collection: nodes,
    body: {},
    patch: { status: { capacity: { memory: '-1' } } },
    subresource: 'status',
    refused: 'status.capacity.memory: Invalid value: "-1": must be greater than or equal to 0',
  },
  {
    what: 'half a pod of a node',
    collection: nodes,
    body: {},
    patch: { status: { capacity: { pods: '500m' } } },
    subresource: 'status',
    refused: 'status.capacity.pods: Invalid value: "500m": must be an integer',
  },
  {
    what: 'an address of a node twice',
    collection: nodes,
    body: {},
    patch: { status: { addresses: Array(2).fill({ type: 'Hostname', address: 'n' }) } },
    subresource: 'status',
    refused: 'status.addresses[1]: Duplicate value: ',
  },
  {
    what: 'ranges of pods that are one',
    collection: nodes,
    body: {},
    patch: { spec: { podCIDR: '10.0.0.0/24', podCIDRs: ['10.0.0.0/24', '10.0.0.0/24'] } },
    refused: 'spec.podCIDRs[1]: Duplicate value: "10.0.0.0/24"',
  },
  {
    what: 'taints in the annotation of old',
    collection: nodes,
    body: {},
    patch: {
      metadata: {
        annotations: { 'scheduler.alpha.kubernetes.io/taints': '[{"key":"k","effect":"Never"}]' },
      },
    },
    refused:
      'metadata.annotations.scheduler.alpha.kubernetes.io/taints[0].effect: Unsupported value: "Never"',
  },
  {
    what: 'a label of a volume in its newer name',
    collection: volumes,
    body: { spec: { ...volume, ...affinityTo('failure-domain.beta.kubernetes.io/zone', 'a') } },
    patch: { spec: affinityTo('topology.kubernetes.io/zone', 'a') },
  },
  {
    what: 'another place of a volume',
    collection: volumes,
    body: { spec: { ...volume, ...affinityTo('failure-domain.beta.kubernetes.io/zone', 'a') } },
    patch: { spec: affinityTo('topology.kubernetes.io/zone', 'b') },
    refused: 'field is immutable, except for updating from beta label to GA',
  },
  {
    what: 'the first place of a volume',
    collection: volumes,
    body: { spec: volume },
    patch: { spec: affinityTo('a', 'b') },
  },
  {
    what: "a driver's secret of a name that none has",
    collection: volumes,
    body: { spec: volume },
    patch: { spec: { csi: { controllerExpandSecretRef: { name: 'A_', namespace: 'n' } } } },
    refused: 'spec.csi.controllerExpandSecretRef.name: Invalid value: "A_"',
  },
  {
    what: 'capacity of a claim that is negative',
    collection: claims,
    body: { spec: claim },
    patch: { status: { capacity: { storage: '-1' } } },
    subresource: 'status',
    refused: 'status.capacity[storage]: Invalid value: -1: must be a valid resource quantity',
  },
  {
    what: 'an unknown state of growing',
    collection: claims,
    body: { spec: claim },
    patch: { status: { allocatedResourceStatuses: { storage: 'Growing' } } },
    subresource: 'status',
    refused: 'status.allocatedResourceStatus: Unsupported value: "storage": supported values: "Contr',
  },
  {
    what: 'memory that a claim is given',
    collection: claims,
    body: { spec: claim },
    patch: { status: { allocatedResources: { memory: '1Gi' } } },
    subresource: 'status',
    refused: 'status.allocatedResources: Unsupported value: "memory": supported values: "storage"',
  },
];

const warnings: { what: string; spec: object; warned: string }[] = [
  {
    what: 'a name of no use',
    spec: { ports, externalName: 'a.example.com' },
    warned: 'spec.externalName is ignored when spec.type is not "ExternalName"',
  },
  {
    what: 'addresses of no use',
    spec: { type: 'ExternalName', externalName: 'a.example.com', externalIPs: ['192.0.2.1'] },
    warned: 'spec.externalIPs is ignored when spec.type is "ExternalName"',
  },
  {
    what: 'an address that others write otherwise',
    spec: { ports, externalIPs: ['2001:db8:1:0::2'] },
    warned:
      'spec.externalIPs[0]: IPv6 address "2001:db8:1:0::2" is not in RFC 5952 canonical format ("2001:db8:1::2"), which may cause controller apply-loops',
  },
  {
    what: 'a range that others write otherwise',
    spec: { type: 'LoadBalancer', ports, loadBalancerSourceRanges: ['2001:db8:1:0::/64'] },
    warned:
      'spec.loadBalancerSourceRanges[0]: IPv6 prefix "2001:db8:1:0::/64" is not in RFC 5952 canonical format ("2001:db8:1::/64"), which may cause controller apply-loops',
  },
];

describe('a change of a core Kind', () => {
  let server: ApiServerFixture;

  before(async () => {
    const addresses = new ServiceAllocator({ serviceCidr: '10.96.0.0/16' });
    server = await startApiServer({ addresses });
    await server.must('POST', '/api/v1/namespaces', { body: namespace('core') });
  });
  after(() => server.stop());

  for (const [number, { what, collection, body, patch, subresource, refused }] of changes.entries())
    it(`is ${refused ? 'refused' : 'taken'}: ${what}`, async () => {
      const name = `c${number}`;
      await server.must('POST', collection, { body: { ...body, metadata: { name } } });
      const path = `${collection}/${name}${subresource ? `/${subresource}` : ''}`;
      const answer = await server.ask('PATCH', path, { contentType, body: patch });
      expect(answer.code, answer.body.message).to.equal(refused ? 422 : 200);
      if (refused) expect(answer.body.message).to.contain(refused);
      await server.must('DELETE', `${collection}/${name}`);
    });

  for (const { what, spec, warned } of warnings)
    it(`is warned of: ${what}`, async () => {
      const body = { metadata: { name: 'warned' }, spec };
      const answer = await server.ask('POST', `${services}?dryRun=All`, { body });
      expect(answer.code, answer.body.message).to.equal(201);
      expect(answer.warnings).to.include(warned);
    });

  it('is refused: a claim whose sources differ', async () => {
    const source = (kind: string) => ({ apiGroup: 'a.example.com', kind, name: 's' });
    const spec = { ...claim, dataSource: source('A'), dataSourceRef: source('B') };
    const { body } = await server.ask('POST', claims, { body: { metadata: { name: 'two' }, spec } });
    expect(body.message).to.contain('spec: Invalid value: "spec.dataSource": must match dataSourceRef');
  });

  it('is refused: a manager of fields that cannot be printed', async () => {
    const query = `fieldManager=${encodeURIComponent('é\u0001\u00a0')}`;
    const { body } = await server.ask('POST', `${services}?${query}`, { body: {} });
    expect(body.message).to.contain('invalid character U+0001 (at position 2)');
    expect(body.message).to.contain('invalid character U+00A0 (at position 3)');
  });

  it('is refused: a finalizer of a namespace that nobody could be', async () => {
    const body = { metadata: { name: 'core' }, spec: { finalizers: ['kubernetes', 'mine'] } };
    const { code, body: answered } = await server.ask('PUT', '/api/v1/namespaces/core/finalize', { body });
    expect(code, answered.message).to.equal(422);
    expect(answered.message).to.contain(
      'spec.finalizers[1]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    );
  });

  it('takes the load balancer with the type of a Service, and the node ports that it knows', async () => {
    await server.must('POST', services, { body: { ...balanced, metadata: { name: 'was' } } });
    const path = `${services}/was`;
    await server.must('PATCH', `${path}/status`, { contentType, body: balancedAt({ ip: '192.0.2.1' }) });
    const { spec } = await server.must('GET', path);
    const fewer = { type: 'ClusterIP', ports: [...spec.ports, { name: 'b', port: 81 }] };
    fewer.ports[0].name = 'a';
    const { status, spec: next } = await server.must('PATCH', path, { contentType, body: { spec: fewer } });
    expect(status).to.deep.equal({ loadBalancer: {} });
    expect(next.ports.map(({ nodePort }: { nodePort?: number }) => nodePort)).to.deep.equal([
      undefined,
      undefined,
    ]);
    await server.must('DELETE', path);
  });

  it('gives each further port a node port of its own, where those of a new Service share it', async () => {
    const both = ['TCP', 'UDP'].map((protocol) => ({ name: protocol.toLowerCase(), port: 80, protocol }));
    const nodePortsOf = ({ spec }: { spec: { ports: { nodePort: number }[] } }) =>
      new Set(spec.ports.map(({ nodePort }) => nodePort)).size;
    const made = { metadata: { name: 'shared' }, spec: { type: 'NodePort', ports: both } };
    expect(nodePortsOf(await server.must('POST', services, { body: made }))).to.equal(1);
    const alone = { metadata: { name: 'own' }, spec: { type: 'NodePort', ports: both.slice(0, 1) } };
    await server.must('POST', services, { body: alone });
    const path = `${services}/own`;
    const more = await server.must('PATCH', path, { contentType, body: { spec: { ports: both } } });
    expect(nodePortsOf(more)).to.equal(2);
    for (const name of ['shared', 'own']) await server.must('DELETE', `${services}/${name}`);
  });

  it('lets go of the second family with the policy alone', async () => {
    const spec = { clusterIP: 'None', ports };
    const made = await server.must('POST', services, { body: { metadata: { name: 'two' }, spec } });
    expect(made.spec.ipFamilies).to.deep.equal(['IPv4', 'IPv6']);
    const path = `${services}/two`;
    const kept = { spec: { ipFamilies: ['IPv4'] } };
    const { body } = await server.ask('PATCH', path, { contentType, body: kept });
    expect(body.message).to.contain(
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": must be \'SingleStack\' to release the secondary IP family',
    );
    const single = { spec: { ipFamilyPolicy: 'SingleStack' } };
    const { spec: next } = await server.must('PATCH', path, { contentType, body: single });
    expect(next.ipFamilies).to.deep.equal(['IPv4']);
    await server.must('DELETE', path);
  });
});
