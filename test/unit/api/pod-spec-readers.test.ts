// What is read out of a pod's spec: its class of service, the objects that it names, what a person should be warned of.

import { expect } from 'chai';
import { strategy } from '../../../shared/api/core/pod.ts';
import { qosClass } from '../../../shared/api/core/pod-qos.ts';
import { type Pod, type PodSpec, podReferences } from '../../../shared/api/index.ts';

describe('the class of service', () => {
  const full = { cpu: '1', memory: '1Gi' };
  const cases: [name: string, spec: PodSpec, qos: string][] = [
    ['nothing asked for', { containers: [{ name: 'a' }] }, 'BestEffort'],
    ['zero asked for', { containers: [{ name: 'a', resources: { requests: { cpu: '0' } } }] }, 'BestEffort'],
    ['only cpu limited', { containers: [{ name: 'a', resources: { limits: { cpu: '1' } } }] }, 'Burstable'],
    [
      'all limited, in other words',
      {
        containers: [
          { name: 'a', resources: { limits: full, requests: { cpu: '1000m', memory: '1024Mi' } } },
        ],
      },
      'Guaranteed',
    ],
    [
      'one container without limits',
      { containers: [{ name: 'a', resources: { limits: full, requests: full } }, { name: 'b' }] },
      'Burstable',
    ],
    [
      'an init container that is not limited',
      {
        containers: [{ name: 'a', resources: { limits: full, requests: full } }],
        initContainers: [{ name: 'i' }],
      },
      'Burstable',
    ],
    [
      'other resources do not count',
      { containers: [{ name: 'a', resources: { limits: { 'ephemeral-storage': '1Gi' } } }] },
      'BestEffort',
    ],
  ];
  for (const [name, spec, qos] of cases) it(`${name}: ${qos}`, () => expect(qosClass(spec)).to.equal(qos));
});

describe('the ConfigMaps, Secrets and claims that a pod names', () => {
  it('are all found, each once, and required where any of its uses is', () => {
    const pod: Pod = {
      metadata: { name: 'web' },
      spec: {
        imagePullSecrets: [{ name: 'registry' }],
        initContainers: [{ name: 'i', envFrom: [{ configMapRef: { name: 'from', optional: true } }] }],
        containers: [
          {
            name: 'c',
            env: [
              { name: 'A', valueFrom: { configMapKeyRef: { name: 'both', key: 'k', optional: true } } },
              { name: 'B', valueFrom: { secretKeyRef: { name: 'key', key: 'k' } } },
              { name: 'C', value: 'plain' },
            ],
          },
        ],
        volumes: [
          { name: 'a', configMap: { name: 'both' } },
          { name: 'b', secret: { secretName: 'files', optional: true } },
          {
            name: 'c',
            projected: { sources: [{ secret: { name: 'part' } }, { configMap: { name: 'ca' } }] },
          },
          { name: 'd', csi: { driver: 'd', nodePublishSecretRef: { name: 'csi' } } },
          { name: 'e', emptyDir: {} },
          { name: 'f', persistentVolumeClaim: { claimName: 'data' } },
          { name: 'g', ephemeral: {} },
        ],
      },
    };
    expect(podReferences(pod)).to.have.deep.members([
      { resource: 'secrets', name: 'registry', optional: true },
      { resource: 'configmaps', name: 'from', optional: true },
      { resource: 'configmaps', name: 'both', optional: false },
      { resource: 'secrets', name: 'key', optional: false },
      { resource: 'secrets', name: 'files', optional: true },
      { resource: 'secrets', name: 'part', optional: false },
      { resource: 'configmaps', name: 'ca', optional: false },
      { resource: 'secrets', name: 'csi', optional: false },
      { resource: 'persistentvolumeclaims', name: 'data', optional: false },
      { resource: 'persistentvolumeclaims', name: 'web-g', optional: false },
    ]);
  });

  it('are none for a pod without a spec', () => expect(podReferences({})).to.deep.equal([]));
});

describe('warnings of a pod', () => {
  const warned = (spec: Partial<PodSpec>, annotations = {}) =>
    strategy.warnings?.({ metadata: { annotations }, spec: { containers: [{ name: 'c' }], ...spec } });

  it('none for a plain one', () => expect(warned({})).to.deep.equal([]));

  it('name variables that hide an earlier one, unless they build on it', () => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
      { name: 'B', value: '1' },
      { name: 'B', value: '$(B):2' },
    ];
    expect(warned({ containers: [{ name: 'c', env }] })).to.deep.equal([
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    ]);
  });

  it('name labels, annotations and volumes that are deprecated', () => {
    const spec: Partial<PodSpec> = {
      nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
      volumes: [{ name: 'v', gitRepo: { repository: 'r' } }],
    };
    expect(warned(spec, { 'scheduler.alpha.kubernetes.io/critical-pod': '' })).to.deep.equal([
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
      'metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
      'spec.volumes[0].gitRepo: deprecated in v1.11',
    ]);
  });

  it('name ports that are defined twice, and fractions of bytes', () => {
    const ports = [
      { containerPort: 80, protocol: 'TCP' },
      { containerPort: 80, protocol: 'TCP' },
      { containerPort: 80, protocol: 'UDP' },
    ];
    const container = { name: 'c', ports, resources: { limits: { memory: '500m' } } };
    expect(warned({ containers: [container] })).to.deep.equal([
      'spec.containers[0].resources.limits[memory]: fractional byte value "500m" is invalid, must be an integer',
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
    ]);
  });

  it('name an address of the host without a port of it, and a fraction of a byte in a claim template', () => {
    const ports = [{ containerPort: 80, protocol: 'TCP', hostIP: '10.0.0.1' }];
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '0.2' } } };
    const volumes = [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec: claim } } }];
    expect(warned({ containers: [{ name: 'c', ports }], volumes })).to.deep.equal([
      'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]: fractional byte value "200m" is invalid, must be an integer',
      'spec.containers[0].ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:10.0.0.1}',
    ]);
  });

  it('name what is doubled or empty among pull secrets, and a negative grace period', () => {
    const secrets = [{ name: 'a' }, { name: 'a' }, { name: '' }];
    expect(warned({ imagePullSecrets: secrets, terminationGracePeriodSeconds: -1 })).to.deep.equal([
      'spec.imagePullSecrets[1].name: duplicate name "a"',
      'spec.imagePullSecrets[2].name: invalid empty name ""',
      'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
    ]);
  });
});

describe('fields by which pods are selected', () => {
  it('read the spec and the status', () => {
    const pod: Pod = {
      spec: { containers: [], nodeName: 'n', hostNetwork: true },
      status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] },
    };
    const values = Object.entries(strategy.fields ?? {}).map(([label, value]) => [label, value(pod)]);
    expect(Object.fromEntries(values)).to.deep.equal({
      'spec.nodeName': 'n',
      'spec.restartPolicy': '',
      'spec.schedulerName': '',
      'spec.serviceAccountName': '',
      'spec.hostNetwork': 'true',
      'status.phase': 'Running',
      'status.podIP': '',
      'status.podIPs': '10.0.0.1,fd00::1',
      'status.nominatedNodeName': '',
    });
  });
});
