// What a runtime is told of a pod and its containers: shared surroundings, limits, rights.

import { expect } from 'chai';
import {
  containerResources,
  oomScoreAdj,
} from '../../../edge-agent/kubelet/container/container-resources.ts';
import { containerSecurity } from '../../../edge-agent/kubelet/container/container-security.ts';
import { sandboxSpec } from '../../../edge-agent/kubelet/container/sandbox-spec.ts';
import { noNetwork } from '../../../edge-agent/kubelet/network/node-network.ts';
import { RuntimeFailure } from '../../../edge-agent/runtime/index.ts';
import type { PodSpec } from '../../../shared/api/index.ts';
import { podOf } from '../../support/memory-desired-state.ts';
import { container } from '../../support/observed-pod.ts';

const gibibyte = 2 ** 30;
const factsOf = (spec: PodSpec) => ({
  ...{ pod: podOf(spec), nodeName: 'pi-1', hostIps: ['192.0.2.1'], podIps: [], network: noNetwork },
  allocatable: { cpuMillis: 4000, memoryBytes: gibibyte },
});

describe('what containers of a pod share', () => {
  it('ports of the board, sidecars included; none on the network of the board', () => {
    const web = container('web', { ports: [{ containerPort: 80, hostPort: 8080, protocol: 'TCP' }] });
    const dns = container('dns', {
      restartPolicy: 'Always',
      ports: [
        { containerPort: 53, hostPort: 53, hostIP: '127.0.0.1', protocol: 'UDP' },
        { containerPort: 99 },
      ],
    });
    const spec = { containers: [web], initContainers: [dns] };
    expect(sandboxSpec(factsOf(spec)).ports).to.deep.equal([
      { hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'TCP' },
      { hostIp: '127.0.0.1', hostPort: 53, containerPort: 53, protocol: 'UDP' },
    ]);
    expect(sandboxSpec(factsOf({ ...spec, hostNetwork: true })).ports).to.deep.equal([]);
  });

  it('a host name: that of the pod, cut to what the kernel takes, or that of the node', () => {
    const containers = [container('c')];
    const hostname = `${'a'.repeat(62)}-b`;
    expect(sandboxSpec(factsOf({ containers })).hostname).to.equal('p');
    expect(sandboxSpec(factsOf({ containers, hostname })).hostname).to.equal('a'.repeat(62));
    expect(sandboxSpec(factsOf({ containers, hostNetwork: true })).hostname).to.equal('pi-1');
  });
});

describe('what a container may use', () => {
  it('limits and requests in thousandths and bytes; a limit is a request too', () => {
    const resources = { limits: { cpu: '0.5', memory: '64Mi' }, requests: { memory: '32Mi' } };
    expect(containerResources(container('c', { resources }))).to.deep.equal({
      ...{ cpuMillis: 500, cpuRequestMillis: 500, memoryBytes: 64 * 2 ** 20 },
    });
    expect(containerResources(container('c'))).to.equal(undefined);
  });

  const scores = [
    ['guaranteed', { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } }, -997],
    ['burstable, half of the board', { requests: { memory: '512Mi' } }, 500],
    ['burstable, nearly nothing', { requests: { memory: '1Ki' } }, 999],
    ['burstable, all of it', { requests: { memory: '1Gi' } }, 3],
    ['best effort', {}, 1000],
  ] as const;
  for (const [name, resources, score] of scores) {
    it(`OOM score: ${name}`, () => {
      const one = container('c', { resources });
      expect(oomScoreAdj(podOf({ containers: [one] }), one, gibibyte)).to.equal(score);
    });
  }

  it('OOM score: critical to the node', () => {
    const priorityClassName = 'system-node-critical';
    const pod = podOf({ containers: [container('c')], priorityClassName, priority: 2_000_001_000 });
    expect(oomScoreAdj(pod, container('c'), gibibyte)).to.equal(-997);
    const other = podOf({ containers: [container('c')], priority: 2_000_001_000 });
    expect(oomScoreAdj(other, container('c'), gibibyte)).to.equal(1000);
  });

  it('OOM score: a sidecar goes no sooner than the first of the main containers', () => {
    const asking = (name: string, memory: string) => container(name, { resources: { requests: { memory } } });
    const containers = [asking('large', '512Mi'), asking('small', '256Mi')];
    const sidecar = container('sidecar', { restartPolicy: 'Always' });
    const pod = podOf({ containers, initContainers: [sidecar, container('init')] });
    const scores = [sidecar, container('init'), ...containers].map((one) => oomScoreAdj(pod, one, gibibyte));
    expect(scores).to.deep.equal([750, 999, 500, 750]);
  });
});

describe('what a container may do', () => {
  it("its own word before its pod's", () => {
    const securityContext = { runAsUser: 1000, runAsGroup: 2000, fsGroup: 3000, supplementalGroups: [4000] };
    const own = {
      runAsUser: 1001,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    };
    const facts = factsOf({ containers: [], securityContext });
    expect(containerSecurity(facts, container('c', { securityContext: own }), undefined)).to.deep.equal({
      ...{ runAsUser: 1001, runAsGroup: 2000, supplementalGroups: [3000, 4000] },
      dropCapabilities: ['ALL'],
      seccomp: { type: 'RuntimeDefault' },
    });
  });

  const pod = podOf({ containers: [] });
  const where = `(pod: "p_default(${pod.metadata.uid})", container: c)`;
  const nonRoot = [
    [0, '1000', `container's runAsUser breaks non-root policy ${where}`],
    [undefined, undefined, `container has runAsNonRoot and image will run as root ${where}`],
    [
      undefined,
      'nginx',
      `container has runAsNonRoot and image has non-numeric user (nginx), cannot verify user is non-root ${where}`,
    ],
    [
      undefined,
      'root',
      `container has runAsNonRoot and image has non-numeric user (root), cannot verify user is non-root ${where}`,
    ],
    [undefined, '0', `container has runAsNonRoot and image will run as root ${where}`],
    [undefined, '', `container has runAsNonRoot and image will run as root ${where}`],
    [undefined, '101', ''],
    [5, undefined, ''],
  ] as const;
  for (const [runAsUser, imageUser, message] of nonRoot) {
    it(`runAsNonRoot with runAsUser ${runAsUser} and an image of user ${imageUser}: ${message || 'goes'}`, () => {
      const securityContext = { runAsNonRoot: true, ...(runAsUser !== undefined && { runAsUser }) };
      const ask = () =>
        containerSecurity(
          { ...factsOf({ containers: [] }), pod },
          container('c', { securityContext }),
          imageUser,
        );
      if (message === '') expect(ask().runAsUser).to.equal(runAsUser);
      else expect(ask).to.throw(RuntimeFailure, message);
    });
  }
});
