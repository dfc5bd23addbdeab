// Variables of a container: literals, $(NAME), fields, resources, ConfigMaps and Secrets.

import { expect } from 'chai';
import { environmentOf } from '../../../edge-agent/kubelet/container/environment.ts';
import type { PodFacts } from '../../../edge-agent/kubelet/container/field-ref.ts';
import { expandVariables } from '../../../edge-agent/kubelet/container/variables.ts';
import { noNetwork } from '../../../edge-agent/kubelet/network/node-network.ts';
import { RuntimeFailure } from '../../../edge-agent/runtime/index.ts';
import type { Container } from '../../../shared/api/index.ts';
import { MemoryDesiredState, podOf } from '../../support/memory-desired-state.ts';

describe('$(NAME) in a text', () => {
  const known: Record<string, string> = { A: '1', B: '$(A)', EMPTY: '' };
  const cases = [
    ['plain', 'plain'],
    ['$(A)', '1'],
    ['x$(A)y$(A)', 'x1y1'],
    ['$(B)', '$(A)'],
    ['$(EMPTY)', ''],
    ['$(UNKNOWN)', '$(UNKNOWN)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$1'],
    ['$$$$(A)', '$$(A)'],
    ['$A', '$A'],
    ['$', '$'],
    ['$$', '$'],
    ['$(A', '$(A'],
    ['$()', '$()'],
    ['cost: 5$ or $(A)$', 'cost: 5$ or 1$'],
  ] as const;
  for (const [text, expanded] of cases) {
    it(`${text} becomes ${expanded}`, () => {
      expect(expandVariables(text, (name) => known[name])).to.equal(expanded);
    });
  }
});

describe('the environment of a container', () => {
  const hub = new MemoryDesiredState();
  hub.putConfigMap('cm', { a: '1', 'with.dot': '2', 'b=c': '3' });
  hub.putSecret('sec', { password: 'hunter2' });
  const other = { name: 'other', image: 'host', resources: { limits: { memory: '30Mi' } } };
  const pod = podOf(
    { containers: [other], serviceAccountName: 'robot' },
    { name: 'web', labels: { app: 'shop' } },
  );
  const facts: PodFacts = {
    pod,
    nodeName: 'pi-1',
    network: noNetwork,
    hostIps: ['10.0.0.1'],
    podIps: ['10.1.0.5', 'fd00::5'],
    allocatable: { cpuMillis: 4000, memoryBytes: 1024 ** 3 },
  };
  const of = (more: Partial<Container>) => {
    const { variables, warnings } = environmentOf(facts, { name: 'c', ...more }, hub);
    return { values: Object.fromEntries(variables.map(({ name, value }) => [name, value])), warnings };
  };
  const field = (fieldPath: string) =>
    of({ env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath } } }] }).values.X;

  const fields = [
    ['metadata.name', 'web'],
    ['metadata.namespace', 'default'],
    ['metadata.uid', pod.metadata.uid],
    ["metadata.labels['app']", 'shop'],
    ["metadata.labels['none']", ''],
    ["metadata.annotations['none']", ''],
    ['spec.nodeName', 'pi-1'],
    ['spec.serviceAccountName', 'robot'],
    ['status.hostIP', '10.0.0.1'],
    ['status.podIP', '10.1.0.5'],
    ['status.podIPs', '10.1.0.5,fd00::5'],
  ] as const;
  for (const [path, value] of fields) it(`${path}`, () => expect(field(path)).to.equal(value));

  const resources = [
    ['limits.cpu', undefined, '1'],
    ['limits.cpu', '1m', '250'],
    ['limits.memory', undefined, '67108864'],
    ['limits.memory', '1Mi', '64'],
    ['requests.cpu', '1m', '100'],
    ['requests.memory', undefined, '0'],
  ] as const;
  for (const [resource, divisor, value] of resources) {
    it(`${resource} in units of ${divisor ?? 'one'}: ${value}`, () => {
      const container = {
        resources: { limits: { cpu: '250m', memory: '64Mi' }, requests: { cpu: '100m' } },
        env: [{ name: 'X', valueFrom: { resourceFieldRef: { resource, ...(divisor && { divisor }) } } }],
      };
      expect(of(container).values.X).to.equal(value);
    });
  }

  it('the resources of another container, by its name', () => {
    const of3 = (containerName: string) => ({
      env: [
        {
          name: 'X',
          valueFrom: { resourceFieldRef: { containerName, resource: 'limits.memory', divisor: '1Mi' } },
        },
      ],
    });
    expect(of(of3('other')).values.X).to.equal('30');
    expect(() => of(of3('none'))).to.throw(RuntimeFailure, 'container none not found');
  });

  it('a container without limits may use the whole node', () => {
    const env = [{ name: 'X', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } }];
    expect(of({ env }).values.X).to.equal('4');
  });

  it('later variables may speak of earlier ones, and of those from a ConfigMap', () => {
    const container = {
      envFrom: [{ configMapRef: { name: 'cm' }, prefix: 'P_' }],
      env: [
        { name: 'ONE', value: '$(P_a)' },
        { name: 'TWO', value: '$(ONE)-$(THREE)' },
        { name: 'THREE', value: '3' },
      ],
    };
    expect(of(container).values).to.include({ ONE: '1', TWO: '1-$(THREE)', THREE: '3' });
  });

  it('says which keys are no names of variables', () => {
    const { values, warnings } = of({ envFrom: [{ configMapRef: { name: 'cm' } }] });
    expect(values).to.deep.equal({ a: '1', 'with.dot': '2' });
    expect(warnings).to.deep.equal([
      'Keys [b=c] from the EnvFrom configMap default/cm were skipped since they are considered invalid environment variable names.',
    ]);
  });

  it('takes secrets as text', () => {
    const env = [{ name: 'X', valueFrom: { secretKeyRef: { name: 'sec', key: 'password' } } }];
    expect(of({ env, envFrom: [{ secretRef: { name: 'sec' } }] }).values).to.deep.equal({
      password: 'hunter2',
      X: 'hunter2',
    });
  });

  const missing: [string, Partial<Container>, string][] = [
    [
      'a ConfigMap',
      { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'no', key: 'a' } } }] },
      'configmap "no" not found',
    ],
    [
      'a Secret',
      { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'no', key: 'a' } } }] },
      'secret "no" not found',
    ],
    [
      'a key',
      { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'cm', key: 'z' } } }] },
      "couldn't find key z in ConfigMap default/cm",
    ],
    [
      'a secret key',
      { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'sec', key: 'z' } } }] },
      "couldn't find key z in Secret default/sec",
    ],
    ['all of a ConfigMap', { envFrom: [{ configMapRef: { name: 'no' } }] }, 'configmap "no" not found'],
    [
      'a field',
      { env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath: 'spec.what' } } }] },
      'unsupported fieldPath: spec.what',
    ],
  ];
  for (const [what, container, message] of missing) {
    it(`${what} that is not there: ${message}`, () => {
      expect(() => of(container))
        .to.throw(RuntimeFailure, message)
        .with.property('reason', 'CreateContainerConfigError');
    });
  }

  it('leaves out what is optional and not there', () => {
    const container = {
      envFrom: [{ configMapRef: { name: 'no', optional: true } }],
      env: [
        { name: 'X', valueFrom: { configMapKeyRef: { name: 'no', key: 'a', optional: true } } },
        { name: 'Y', valueFrom: { secretKeyRef: { name: 'sec', key: 'z', optional: true } } },
      ],
    };
    expect(of(container).values).to.deep.equal({});
  });

  it('says where the API is, unless the container says otherwise', () => {
    const network = { ...noNetwork, apiServer: { host: '192.0.2.1', port: 6443 } };
    const env = [
      { name: 'URL', value: 'https://$(KUBERNETES_SERVICE_HOST):$(KUBERNETES_SERVICE_PORT)' },
      { name: 'KUBERNETES_PORT', value: 'mine' },
    ];
    const one = { name: 'c', env };
    const { variables } = environmentOf({ ...facts, network }, one, hub);
    expect(Object.fromEntries(variables.map(({ name, value }) => [name, value]))).to.deep.equal({
      URL: 'https://192.0.2.1:6443',
      KUBERNETES_PORT: 'mine',
      KUBERNETES_SERVICE_HOST: '192.0.2.1',
      KUBERNETES_SERVICE_PORT: '6443',
      KUBERNETES_SERVICE_PORT_HTTPS: '6443',
      KUBERNETES_PORT_6443_TCP: 'tcp://192.0.2.1:6443',
      KUBERNETES_PORT_6443_TCP_PROTO: 'tcp',
      KUBERNETES_PORT_6443_TCP_PORT: '6443',
      KUBERNETES_PORT_6443_TCP_ADDR: '192.0.2.1',
    });
  });

  it('says to a pod with a network of its own that a hub of this board is at its address', () => {
    const network = { ...noNetwork, apiServer: { host: '127.0.0.1', port: 6443 } };
    const hostIn = (podIps: string[]) =>
      environmentOf({ ...facts, network, podIps }, { name: 'c' }, hub).variables.find(
        ({ name }) => name === 'KUBERNETES_SERVICE_HOST',
      )?.value;
    expect(hostIn(['10.42.0.3'])).to.equal('10.0.0.1');
    expect(hostIn(['10.0.0.1'])).to.equal('127.0.0.1');
  });

  it('says where the Services of its namespace are, as upstream, unless the pod wants none', () => {
    const told = new MemoryDesiredState();
    const service = (name: string, namespace: string, spec: object) =>
      told.servicesHeld.push({
        ...{ apiVersion: 'v1', kind: 'Service', spec },
        metadata: { name, namespace, uid: name, resourceVersion: '1', creationTimestamp: '' },
      });
    const ports = [
      { name: 'http', port: 80 },
      { name: 'dns-udp', port: 53, protocol: 'UDP' },
    ];
    service('my-web', 'default', { clusterIP: '10.96.0.7', ports });
    service('six', 'default', { clusterIP: 'fd00::7', ports: [{ port: 81 }] });
    service('headless', 'default', { clusterIP: 'None', ports });
    service('far', 'other', { clusterIP: '10.96.0.8', ports });
    const container = { name: 'c', env: [{ name: 'WEB', value: '$(MY_WEB_SERVICE_HOST)' }] };
    const valuesOf = (spec: Partial<typeof pod.spec>) => {
      const asked = { ...facts, pod: { ...pod, spec: { containers: [], ...pod.spec, ...spec } } };
      const { variables } = environmentOf(asked, container, told);
      return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
    };
    expect(valuesOf({})).to.deep.equal({
      WEB: '10.96.0.7',
      MY_WEB_SERVICE_HOST: '10.96.0.7',
      MY_WEB_SERVICE_PORT: '80',
      MY_WEB_SERVICE_PORT_HTTP: '80',
      MY_WEB_SERVICE_PORT_DNS_UDP: '53',
      MY_WEB_PORT: 'tcp://10.96.0.7:80',
      MY_WEB_PORT_80_TCP: 'tcp://10.96.0.7:80',
      MY_WEB_PORT_80_TCP_PROTO: 'tcp',
      MY_WEB_PORT_80_TCP_PORT: '80',
      MY_WEB_PORT_80_TCP_ADDR: '10.96.0.7',
      MY_WEB_PORT_53_UDP: 'udp://10.96.0.7:53',
      MY_WEB_PORT_53_UDP_PROTO: 'udp',
      MY_WEB_PORT_53_UDP_PORT: '53',
      MY_WEB_PORT_53_UDP_ADDR: '10.96.0.7',
      SIX_SERVICE_HOST: 'fd00::7',
      SIX_SERVICE_PORT: '81',
      SIX_PORT: 'tcp://[fd00::7]:81',
      SIX_PORT_81_TCP: 'tcp://[fd00::7]:81',
      SIX_PORT_81_TCP_PROTO: 'tcp',
      SIX_PORT_81_TCP_PORT: '81',
      SIX_PORT_81_TCP_ADDR: 'fd00::7',
    });
    expect(valuesOf({ enableServiceLinks: false })).to.deep.equal({ WEB: '$(MY_WEB_SERVICE_HOST)' });
  });
});
