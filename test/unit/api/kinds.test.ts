// Rules of the small Kinds that no recorded answer shows.

import { expect } from 'chai';
import { strategy as requestStrategy } from '../../../shared/api/certificates/certificate-signing-request.ts';
import { strategy as configMapStrategy } from '../../../shared/api/core/config-map.ts';
import { strategy as endpointsStrategy } from '../../../shared/api/core/endpoints.ts';
import { strategy as eventStrategy } from '../../../shared/api/core/event.ts';
import { strategy as namespaceStrategy } from '../../../shared/api/core/namespace.ts';
import { strategy as nodeStrategy } from '../../../shared/api/core/node.ts';
import { strategy as secretStrategy } from '../../../shared/api/core/secret.ts';
import { strategy as serviceStrategy } from '../../../shared/api/core/service.ts';
import { strategy as accountStrategy } from '../../../shared/api/core/service-account.ts';
import { strategy as sliceStrategy } from '../../../shared/api/discovery/endpoint-slice.ts';
import type {
  CertificateSigningRequest,
  ConfigMap,
  Event,
  Namespace,
  Node,
  Secret,
  Service,
} from '../../../shared/api/index.ts';
import { strategy as runtimeClassStrategy } from '../../../shared/api/node/runtime-class.ts';
import type { FieldError, KubeObject, Live } from '../../../shared/machinery/index.ts';

/** When statuses are written. */
const now = '2026-01-01T00:00:00Z';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const told = (faults: FieldError[] | undefined) =>
  (faults ?? []).map(({ field, text }) => `${field}: ${text}`);

function live<T extends KubeObject>(object: T): Live<T> {
  const server = { uid: 'u', resourceVersion: '1', creationTimestamp: '2024-01-01T00:00:00Z' };
  return { ...object, metadata: { name: 'a', ...object.metadata, ...server } };
}

describe('a ConfigMap or Secret', () => {
  it('holds a mebibyte, and not a byte more', () => {
    const half = 'x'.repeat(512 * 1024);
    const full: ConfigMap = { data: { a: half }, binaryData: { b: base64(half) } };
    expect(configMapStrategy.validate?.(full)).to.deep.equal([]);
    expect(told(configMapStrategy.validate?.({ ...full, data: { a: `${half}x` } }))).to.deep.equal([
      '[]: Too long: may not be more than 1048576 bytes',
    ]);
    const secret: Secret = { data: { a: base64(half), b: base64(half), c: 'YQ==' } };
    expect(told(secretStrategy.validate?.(secret))).to.deep.equal([
      'data: Too long: may not be more than 1048576 bytes',
    ]);
  });

  it('may have a key that is called as something of JavaScript', () => {
    const secret: Secret = {
      type: 'kubernetes.io/tls',
      stringData: JSON.parse('{"__proto__":"a","constructor":"b"}'),
    };
    secretStrategy.default?.(secret);
    expect(JSON.stringify(secret.data)).to.equal(
      `{"__proto__":"${base64('a')}","constructor":"${base64('b')}"}`,
    );
    expect(told(secretStrategy.validate?.(secret))).to.deep.equal([
      'data[tls.crt]: Required value',
      'data[tls.key]: Required value',
    ]);
  });

  it('warns of a TLS pair that is none', () => {
    const pem = base64('-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n');
    const secret: Secret = { type: 'kubernetes.io/tls', data: { 'tls.crt': pem, 'tls.key': base64('x') } };
    expect(secretStrategy.warnings?.(secret)).to.deep.equal([
      'tls: failed to find any PEM data in key input',
    ]);
    expect(secretStrategy.warnings?.({ ...secret, type: 'Opaque' })).to.deep.equal([]);
  });
});

describe('a Namespace', () => {
  const old = live<Namespace>({
    metadata: { name: 'a' },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  });

  it('keeps its finalizers in an update: they have a subresource of their own', () => {
    const next: Namespace = { metadata: { name: 'a' }, spec: { finalizers: [] } };
    namespaceStrategy.default?.(next);
    namespaceStrategy.prepareForUpdate?.(next, old);
    expect(next.spec?.finalizers).to.deep.equal(['kubernetes']);
    expect(next.metadata?.labels).to.deep.equal({ 'kubernetes.io/metadata.name': 'a' });
  });

  it('is Terminating when it is deleted, and only then', () => {
    const terminating: Namespace = { ...old, status: { phase: 'Terminating' } };
    expect(told(namespaceStrategy.validateStatusUpdate?.(terminating, old))).to.deep.equal([
      'status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
    ]);
    const deleted: Namespace = { ...terminating, metadata: { deletionTimestamp: '2024-01-01T00:00:00Z' } };
    expect(namespaceStrategy.validateStatusUpdate?.(deleted, old)).to.deep.equal([]);
    expect(namespaceStrategy.fields?.['status.phase']?.(deleted)).to.equal('Terminating');
  });
});

describe('a Node', () => {
  it('keeps its address range and its provider once they are set', () => {
    const old = live<Node>({ spec: { podCIDR: '10.1.0.0/24', podCIDRs: ['10.1.0.0/24'], providerID: 'a' } });
    const next: Node = { spec: { podCIDR: '10.2.0.0/24', podCIDRs: ['10.2.0.0/24'], providerID: 'b' } };
    expect(told(nodeStrategy.validateUpdate?.(next, old))).to.deep.equal([
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ]);
    expect(nodeStrategy.validateUpdate?.(next, live<Node>({}))).to.deep.equal([]);
  });

  it('is not changed by its status, nor its status by what it has', () => {
    const old = live<Node>({ spec: { unschedulable: true } });
    const next: Node = { spec: {}, status: { capacity: { cpu: '-1' } } };
    nodeStrategy.prepareForStatusUpdate?.(next, old, now);
    expect(next.spec).to.deep.equal({ unschedulable: true });
    expect(told(nodeStrategy.validate?.(next))).to.deep.equal([
      'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
    ]);
    expect(nodeStrategy.fields?.['spec.unschedulable']?.(next)).to.equal('true');
    expect(nodeStrategy.fields?.['spec.unschedulable']?.({})).to.equal('false');
  });

  it('offers what it has when it does not say what it offers', () => {
    const node: Node = { status: { capacity: { cpu: '4' } } };
    nodeStrategy.default?.(node);
    expect(node.status?.allocatable).to.deep.equal({ cpu: '4' });
  });
});

describe('a Service', () => {
  const spec = { type: 'LoadBalancer', ports: [{ port: 80 }], loadBalancerClass: 'example.com/a' };

  it('keeps the class of its load balancer', () => {
    const next: Service = { spec: { ...spec, loadBalancerClass: 'example.com/b' } };
    expect(told(serviceStrategy.validateUpdate?.(next, live<Service>({ spec })))).to.deep.equal([
      'spec.loadBalancerClass: Invalid value: "example.com/b": may not change once set',
    ]);
  });

  it('does not expose the port of the kubelet', () => {
    const service: Service = { spec: { ...spec, ports: [{ port: 10250 }] } };
    serviceStrategy.default?.(service);
    expect(told(serviceStrategy.validate?.(service))).to.deep.equal([
      'spec.ports[0]: Invalid value: 10250: may not expose port 10250 externally since it is used by kubelet',
    ]);
  });

  it('takes ranges of addresses from its spec or its annotation', () => {
    const service: Service = { spec: { ...spec, loadBalancerSourceRanges: ['10.0.0.0/8', 'fd00::/8'] } };
    serviceStrategy.default?.(service);
    expect(serviceStrategy.validate?.(service)).to.deep.equal([]);
    const annotated: Service = {
      metadata: { annotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': '10.0.0.0/33' } },
      spec,
    };
    serviceStrategy.default?.(annotated);
    expect(told(serviceStrategy.validate?.(annotated))[0]).to.contain('must be a list of IP ranges');
  });

  it('can be selected by address and type', () => {
    const service: Service = { spec: { type: 'ClusterIP', clusterIP: '10.0.0.1' } };
    expect(serviceStrategy.fields?.['spec.clusterIP']?.(service)).to.equal('10.0.0.1');
    expect(serviceStrategy.fields?.['spec.type']?.(service)).to.equal('ClusterIP');
  });
});

describe('an Event', () => {
  it('of the newer kind says who reports what was done', () => {
    const event: Event = {
      metadata: { name: 'e', namespace: 'default' },
      involvedObject: {},
      eventTime: '2024-01-01T00:00:00.000000Z',
      message: 'x'.repeat(1025),
    };
    eventStrategy.default?.(event);
    const found = told(eventStrategy.validate?.(event));
    expect(found).to.include.members([
      'reportingController: Required value',
      'reportingInstance: Required value',
      'action: Required value',
      'reason: Required value',
      'message: Invalid value: "": can have at most 1024 characters',
    ]);
  });

  it('can be selected by what it is about', () => {
    const event: Event = {
      metadata: {},
      involvedObject: { kind: 'Pod', name: 'p', uid: 'u' },
      reportingComponent: 'kubelet',
      type: 'Normal',
    };
    const selected = Object.entries(eventStrategy.fields ?? {}).map(([label, value]) => [
      label,
      value(event),
    ]);
    expect(Object.fromEntries(selected)).to.include({
      'involvedObject.kind': 'Pod',
      'involvedObject.name': 'p',
      'involvedObject.uid': 'u',
      source: 'kubelet',
      type: 'Normal',
      reason: '',
    });
  });
});

describe('other Kinds', () => {
  it('a ServiceAccount names secrets, nothing else of them', () => {
    const account = { secrets: [{ name: 'a', namespace: 'elsewhere', kind: 'Secret' }, {}] };
    accountStrategy.prepareForCreate?.(account);
    expect(account.secrets).to.deep.equal([{ name: 'a' }, {}]);
  });

  it('a CertificateSigningRequest keeps what was asked, and its decision', () => {
    const spec = { request: 'YQ==', signerName: 'example.com/s', usages: ['client auth'] };
    const approved = { type: 'Approved', status: 'True' };
    const old = live<CertificateSigningRequest>({ spec, status: { conditions: [approved] } });
    const next = { spec: { ...spec, signerName: 'example.com/other' }, status: {} };
    requestStrategy.prepareForStatusUpdate?.(next, old, now);
    expect(next.spec).to.deep.equal(spec);
    expect(told(requestStrategy.validateStatusUpdate?.(next, old))).to.deep.equal([
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ]);
    expect(requestStrategy.fields?.['spec.signerName']?.(next)).to.equal('example.com/s');
  });

  it('Endpoints show addresses without ports, and IPv6 ones in brackets', () => {
    const column = endpointsStrategy.columns.find(({ name }) => name === 'Endpoints');
    const shown = (subsets: object[]) => column?.cell({ subsets }, 0);
    expect(shown([{ addresses: [{ ip: '10.0.0.1' }] }])).to.equal('10.0.0.1');
    expect(shown([{ addresses: [{ ip: 'fd00::1' }], ports: [{ port: 80 }] }])).to.equal('[fd00::1]:80');
    expect(shown([])).to.equal('<none>');
  });

  it('an EndpointSlice of names has names', () => {
    const slice = { addressType: 'FQDN', endpoints: [{ addresses: ['a.example.com', 'B!'] }], ports: [] };
    expect(told(sliceStrategy.validate?.(slice))[0]).to.contain(
      'endpoints[0].addresses[1]: Invalid value: "B!"',
    );
  });

  it('a RuntimeClass tolerates in a sensible way, once', () => {
    const toleration = { key: 'a', operator: 'Exists', value: 'b' };
    const runtimeClass = {
      handler: 'h',
      scheduling: { tolerations: [toleration, toleration, { operator: 'Equal' }] },
    };
    const found = told(runtimeClassStrategy.validate?.(runtimeClass));
    expect(
      found.filter((text) => text.includes("value must be empty when `operator` is 'Exists'")),
    ).to.have.length(2);
    expect(found.some((text) => text.startsWith('scheduling.tolerations[1]: Duplicate value'))).to.equal(
      true,
    );
    expect(found.some((text) => text.includes('operator must be Exists when `key` is empty'))).to.equal(true);
  });
});
