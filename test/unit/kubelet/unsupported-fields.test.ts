// Which fields are passed over, and which are reasons not to run a pod at all.

import { expect } from 'chai';
import {
  unsupportedFields,
  unsupportedInEphemeral,
} from '../../../edge-agent/kubelet/container/unsupported-fields.ts';
import type { Feature } from '../../../edge-agent/runtime/index.ts';
import type { PodSpec } from '../../../shared/api/index.ts';
import { podOf } from '../../support/memory-desired-state.ts';
import { container } from '../../support/observed-pod.ts';

const of = (spec: Partial<PodSpec>, ...lacking: Feature[]) =>
  unsupportedFields(
    podOf({ containers: [container('c')], ...spec }),
    new Map(lacking.map((feature) => [feature, `no ${feature}`])),
  );

describe('fields that a runtime cannot do', () => {
  it('names an annotation', () => {
    const pod = podOf({ containers: [container('c')] });
    const niced = { ...pod, metadata: { ...pod.metadata, annotations: { 'kelp.dev/nice': '5' } } };
    expect(unsupportedFields(niced, new Map([['nice', 'no nice']])).passedOver).to.equal(
      'This node passes over metadata.annotations[kelp.dev/nice] (no nice)',
    );
  });

  const cases: [Feature, Partial<PodSpec>, string][] = [
    ['hostPid', { hostPID: true }, 'spec.hostPID'],
    ['hostIpc', { hostIPC: true }, 'spec.hostIPC'],
    ['sharedProcessNamespace', { shareProcessNamespace: true }, 'spec.shareProcessNamespace'],
    ['hostname', { hostname: 'x' }, 'spec.hostname'],
    ['mounts', { hostAliases: [{ ip: '1.1.1.1', hostnames: ['x'] }] }, 'spec.hostAliases'],
    ['imagePulls', { imagePullSecrets: [{ name: 's' }] }, 'spec.imagePullSecrets'],
    [
      'sysctls',
      { securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '1' }] } },
      'spec.securityContext.sysctls',
    ],
    [
      'ipcSysctls',
      { securityContext: { sysctls: [{ name: 'kernel/shm_rmid_forced', value: '1' }] } },
      'spec.securityContext.sysctls[kernel/shm_rmid_forced]',
    ],
    [
      'cpuLimit',
      { containers: [container('c', { resources: { limits: { cpu: '1' } } })] },
      'spec.containers[c].resources.limits.cpu',
    ],
    [
      'memoryLimit',
      { initContainers: [container('i', { resources: { limits: { memory: '1M' } } })] },
      'spec.initContainers[i].resources.limits.memory',
    ],
    [
      'capabilities',
      { containers: [container('c', { securityContext: { capabilities: { drop: ['ALL'] } } })] },
      'spec.containers[c].securityContext.capabilities.drop',
    ],
    [
      'privileged',
      { containers: [container('c', { securityContext: { privileged: true } })] },
      'spec.containers[c].securityContext.privileged',
    ],
    [
      'noNewPrivileges',
      { containers: [container('c', { securityContext: { allowPrivilegeEscalation: false } })] },
      'spec.containers[c].securityContext.allowPrivilegeEscalation',
    ],
    [
      'seccomp',
      { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
      'spec.securityContext.seccompProfile',
    ],
    [
      'storageLimit',
      { containers: [container('c', { resources: { limits: { 'ephemeral-storage': '1M' } } })] },
      'spec.containers[c].resources.limits.ephemeral-storage',
    ],
    [
      'boardFilesLimit',
      {
        containers: [
          container('c', { image: 'host', resources: { limits: { 'ephemeral-storage': '1M' } } }),
          container('own', { image: 'https://x/app', resources: { limits: { 'ephemeral-storage': '1M' } } }),
        ],
      },
      'spec.containers[c].resources.limits.ephemeral-storage',
    ],
    [
      'lowHostPorts',
      { containers: [container('c', { ports: [{ containerPort: 80, hostPort: 80 }] })] },
      'spec.containers[c].ports[hostPort 80]',
    ],
    ['mappedVolumes', { hostUsers: false, securityContext: { fsGroup: 1 } }, 'spec.securityContext.fsGroup'],
    [
      'hostPorts',
      { containers: [container('c', { ports: [{ containerPort: 80, hostPort: 8080 }] })] },
      'spec.containers[c].ports[hostPort 8080]',
    ],
  ];
  for (const [feature, spec, field] of cases) {
    it(`${feature}: says ${field}`, () => {
      expect(of(spec, feature)).to.deep.equal({
        passedOver: `This node passes over ${field} (no ${feature})`,
        refused: undefined,
      });
      expect(of(spec).passedOver, 'nothing where the runtime can do it').to.equal(undefined);
      expect(of({}, feature).passedOver, 'nothing where nobody asks').to.equal(undefined);
    });
  }

  it('refuses a pod that would act as somebody else', () => {
    const one = container('c', { securityContext: { runAsUser: 0 } });
    expect(of({ containers: [one] }, 'users').refused).to.equal(
      'This node cannot keep to spec.containers[c].securityContext.runAsUser (no users)',
    );
    expect(of({ hostUsers: false }, 'userNamespace').refused).to.equal(
      'This node cannot keep to spec.hostUsers (no userNamespace)',
    );
  });

  it('asks for those of an ephemeral container when that starts, not before', () => {
    const added = container('debug', { securityContext: { privileged: true, runAsUser: 0 } });
    const pod = podOf({ containers: [container('c')], ephemeralContainers: [added], hostname: 'x' });
    const why = new Map<Feature, string>([
      ['privileged', 'no root'],
      ['hostname', 'no root'],
    ]);
    expect(unsupportedFields(pod, why).passedOver).to.equal('This node passes over spec.hostname (no root)');
    expect(unsupportedInEphemeral(pod, 'debug', why)).to.deep.equal({
      passedOver:
        'This node passes over spec.ephemeralContainers[debug].securityContext.privileged (no root)',
      refused: undefined,
    });
    expect(unsupportedInEphemeral(pod, 'debug', new Map([['users', 'no root']])).refused).to.equal(
      'This node cannot keep to spec.ephemeralContainers[debug].securityContext.runAsUser (no root)',
    );
    expect(unsupportedInEphemeral(pod, 'c', why).passedOver).to.equal(undefined);
  });

  it('says each reason once', () => {
    const limited = { resources: { limits: { cpu: '1', memory: '1M' } } };
    const spec = { hostname: 'x', containers: [container('a', limited), container('b', limited)] };
    const why = new Map<Feature, string>([
      ['cpuLimit', 'no cgroups'],
      ['memoryLimit', 'no cgroups'],
      ['hostname', 'no root'],
    ]);
    expect(unsupportedFields(podOf(spec), why).passedOver).to.equal(
      'This node passes over spec.hostname (no root); spec.containers[a].resources.limits.cpu, spec.containers[a].resources.limits.memory, spec.containers[b].resources.limits.cpu, spec.containers[b].resources.limits.memory (no cgroups)',
    );
  });

  it('does not go on for ever', () => {
    const containers = Array.from({ length: 30 }, (_, index) =>
      container(`c${index}`, { securityContext: { privileged: true } }),
    );
    expect(of({ containers }, 'privileged').passedOver).to.match(/\[c19\].*; and 10 more$/);
  });

  it('needs no way to a port that is the same on the board and in the pod, where they share a network', () => {
    const one = container('c', { ports: [{ containerPort: 80, hostPort: 80 }] });
    expect(of({ containers: [one] }, 'hostPorts', 'podNetwork').passedOver).to.equal(undefined);
    expect(of({ containers: [one] }, 'hostPorts').passedOver).to.contain('hostPort 80');
  });
});
