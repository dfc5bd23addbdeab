// What podman is asked for: containers, limits, rights, pods.

import { expect } from 'chai';
import { type ContainerSpec, RuntimeFailure, type Sandbox } from '../../../edge-agent/runtime/index.ts';
import { planContainer, planResources } from '../../../edge-agent/runtime/podman/plan-container.ts';
import { needsAccounts, planIdentity } from '../../../edge-agent/runtime/podman/plan-identity.ts';
import { planPodSandbox, podSandboxWords } from '../../../edge-agent/runtime/podman/plan-pod-sandbox.ts';
import type { ContainerSecurity } from '../../../edge-agent/runtime/runtime.ts';
import { sandboxOf, shellContainer } from '../../support/container-spec.ts';

const spec = (more: Partial<ContainerSpec> = {}) => shellContainer('true', '/folder', more);
const plan = (
  more: Partial<ContainerSpec> = {},
  sandbox: Partial<Sandbox> = {},
  beside: { targetPid?: number } = {},
) =>
  planContainer({
    ...beside,
    ...{
      spec: spec(more),
      sandbox: sandboxOf(spec(more), sandbox),
      name: 'n',
      labels: {},
      pod: 'p',
      imageId: 'i',
      identity: { groups: [] },
    },
    ...{ lastWordsPath: '/home/last-words', logBound: 1000, seccompFolder: '/seccomp', limitsSwap: true },
  });

describe('a container at podman', () => {
  it('without command and arguments runs what its image says', () => {
    expect(plan({ command: [], args: [] })).not.to.have.any.keys('entrypoint', 'command');
    expect(plan({ command: ['a'], args: ['b'] })).to.deep.include({ entrypoint: ['a'], command: ['b'] });
  });

  it('has its mounts, and a place for its last words', () => {
    const mounts = [{ hostPath: '/a', containerPath: '/b', readOnly: true, propagation: 'rslave' as const }];
    expect(plan({ mounts, terminationMessagePath: '/dev/termination-log' })).to.deep.include({
      mounts: [
        { type: 'bind', source: '/a', destination: '/b', options: ['rbind', 'ro', 'rslave'] },
        {
          ...{ type: 'bind', source: '/home/last-words', destination: '/dev/termination-log' },
          options: ['rbind', 'rw', 'rprivate'],
        },
      ],
    });
  });

  it('may what its security context says', () => {
    const securityContext = {
      readOnlyRootFilesystem: true,
      ...{ allowPrivilegeEscalation: false, addCapabilities: ['NET_ADMIN'], dropCapabilities: ['all'] },
      ...{ seccomp: { type: 'Localhost' as const, localhost: 'tight.json' }, procMount: 'Unmasked' as const },
    };
    expect(plan({ securityContext })).to.deep.include({
      ...{ read_only_filesystem: true, no_new_privileges: true },
      ...{ cap_add: ['CAP_NET_ADMIN'], cap_drop: ['ALL'], seccomp_profile_path: '/seccomp/tight.json' },
      ...{ unmask: ['ALL'], privileged: false },
    });
    expect(plan()).not.to.have.any.keys('user', 'seccomp_profile_path', 'apparmor_profile', 'unmask');
  });

  it('reads no seccomp profile from elsewhere', () => {
    const seccomp = { type: 'Localhost' as const, localhost: '../../etc/passwd' };
    expect(() => plan({ securityContext: { seccomp } })).to.throw(
      RuntimeFailure,
      'must stay within /seccomp',
    );
  });

  it('is held to its limits: shares, quota, memory with swap', () => {
    expect(planResources({ cpuMillis: 500, cpuRequestMillis: 250, memoryBytes: 1000 }, true)).to.deep.equal({
      cpu: { shares: 256, quota: 50_000, period: 100_000 },
      memory: { limit: 1000, swap: 1000 },
      pids: { limit: 0 },
    });
    expect(planResources({ cpuMillis: 1, cpuRequestMillis: 0 }, false)).to.deep.equal({
      cpu: { shares: 2, quota: 1000, period: 100_000 },
      pids: { limit: 0 },
    });
    expect(planResources({ pids: 100 }, false)).to.deep.equal({ cpu: { shares: 2 }, pids: { limit: 100 } });
  });

  it('sees the processes of the board where its pod does', () => {
    expect(plan({}, { hostPid: true, hostIpc: true })).to.deep.include({
      pidns: { nsmode: 'host' },
      ipcns: { nsmode: 'host' },
    });
  });

  it('sees the processes of the container that it is about', () => {
    expect(plan()).not.to.have.any.keys('pidns');
    expect(plan({}, {}, { targetPid: 7 })).to.deep.include({
      pidns: { nsmode: 'path', value: '/proc/7/ns/pid' },
    });
  });
});

describe('who a container at podman is', () => {
  const accounts = {
    passwd: 'root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/:/bin/sh\n',
    group: 'root:x:0:\napp:x:1001:\nstaff:x:50:other,app\nwheel:x:10:root\n',
  };
  const cases: [ContainerSecurity, string, { user?: string; groups: string[] }][] = [
    [{}, 'app', { groups: [] }],
    [{ supplementalGroups: [7] }, '', { groups: ['7'] }],
    // podman merges for itself.
    [{ runAsUser: 1000, supplementalGroups: [7] }, 'x', { user: '1000', groups: ['7'] }],
    [
      { runAsUser: 1000, runAsGroup: 5, supplementalGroups: [7, 50] },
      '',
      { user: '1000:5', groups: ['50', '7'] },
    ],
    [{ runAsUser: 77, runAsGroup: 5 }, 'app', { user: '77:5', groups: [] }],
    [{ runAsGroup: 5 }, 'app:root', { user: '1000:5', groups: ['50'] }],
    [{ runAsGroup: 5 }, '', { user: '0:5', groups: ['10'] }],
    [{ runAsGroup: 5, strictGroups: true }, 'app', { user: 'app:5', groups: [] }],
    [
      { runAsUser: 1000, runAsGroup: 5, strictGroups: true, supplementalGroups: [7] },
      '',
      { user: '1000:5', groups: ['7'] },
    ],
    [{ runAsUser: 1000, strictGroups: true }, '', { user: '1000:1001', groups: [] }],
    [{ strictGroups: true, supplementalGroups: [7] }, 'app:staff', { user: '1000:50', groups: ['7'] }],
    [{ strictGroups: true }, '', { user: '0:0', groups: [] }],
  ];
  for (const [security, imageSays, identity] of cases) {
    it(`${JSON.stringify(security)} of an image whose user is ${imageSays || 'not said'}`, () => {
      const known = needsAccounts(security) ? accounts : undefined;
      expect(planIdentity(security, imageSays, known)).to.deep.equal(identity);
    });
  }

  it('is nobody whom the image does not know', () => {
    expect(() => planIdentity({ runAsGroup: 5 }, 'nobody', accounts)).to.throw(
      RuntimeFailure,
      'find user nobody',
    );
  });
});

describe('a pod at podman', () => {
  const pod = (more: Partial<Sandbox>) =>
    planPodSandbox({
      sandbox: sandboxOf(spec(), more),
      name: 'n',
      labels: {},
      bridge: true,
      network: 'kelp-1',
    });

  it('has an address of its own, unless it has the board’s', () => {
    expect(pod({})).to.deep.include({
      netns: { nsmode: 'bridge' },
      Networks: { 'kelp-1': {} },
      hostname: 'p',
      shared_namespaces: ['net', 'uts', 'ipc'],
    });
    expect(pod({ hostNetwork: true }))
      .to.deep.include({
        netns: { nsmode: 'host' },
        utsns: { nsmode: 'host' },
        shared_namespaces: ['net', 'ipc'],
      })
      .and.not.to.have.any.keys('hostname', 'Networks');
    expect(pod({ shareProcessNamespace: true })).to.deep.include({
      shared_namespaces: ['net', 'uts', 'ipc', 'pid'],
    });
  });

  it('has its ports on the board', () => {
    const ports = [{ hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'UDP' as const }];
    expect(pod({ ports })).to.deep.include({
      portmappings: [{ host_ip: '', host_port: 8080, container_port: 80, protocol: 'udp' }],
    });
  });

  it('with user ids of its own is asked for in words', () => {
    const ports = [
      { hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'UDP' as const },
      { hostIp: '::1', hostPort: 81, containerPort: 81, protocol: 'TCP' as const },
    ];
    const sandbox = sandboxOf(spec(), {
      ports,
      sysctls: [{ name: 'net.ipv4.ping_group_range', value: '0 1' }],
    });
    const request = { sandbox, name: 'n', labels: { a: 'b=c' }, bridge: true, network: 'kelp-1' };
    expect(podSandboxWords(request)).to.deep.equal([
      ...['pod', 'create', '--name', 'n', '--userns', 'auto', '--exit-policy', 'continue'],
      ...['--share', 'net,uts,ipc', '--hostname', 'p', '--network', 'kelp-1', '--label', 'a=b=c'],
      ...['--publish', '8080:80/udp', '--publish', '[::1]:81:81/tcp'],
      ...['--sysctl', 'net.ipv4.ping_group_range=0 1'],
    ]);
  });
});
