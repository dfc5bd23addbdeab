// What the kubelet itself refuses.

import { expect } from 'chai';
import { admitPod, requestOf } from '../../../edge-agent/kubelet/admit-pod.ts';
import { parseSysctlPatterns } from '../../../edge-agent/kubelet/container/sysctls.ts';
import type { PodSpec } from '../../../shared/api/index.ts';
import { podOf } from '../../support/memory-desired-state.ts';
import { container } from '../../support/observed-pod.ts';

const asking = (cpu: string, memory = '0') => container('c', { resources: { requests: { cpu, memory } } });
const pod = (spec: Partial<PodSpec>) => podOf({ containers: [container('c')], ...spec });
const asksFor = (name: string, amount: string) =>
  container('c', { resources: { requests: { [name]: amount }, limits: { [name]: amount } } });
const node = { cpuMillis: 2000, memoryBytes: 1024 ** 3, storageBytes: 1024 ** 3, pods: 3 };
const terms = {
  allocatable: node,
  labels: { 'kubernetes.io/arch': 'arm64', 'kubernetes.io/os': 'linux' },
  allowedSysctls: parseSysctlPatterns(['kernel.shm*', 'net.core.somaxconn', 'net/ipv4/conf/eth0.1/*']),
  noAppArmor: 'AppArmor is not enabled on the host',
};

const portsTaken =
  "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
const notSelected =
  "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";

describe('admission at the node', () => {
  const hostPort = (port: number, more: { protocol?: string; hostIP?: string } = {}) =>
    pod({
      containers: [container('c', { ports: [{ containerPort: 80, hostPort: port, ...more }] })],
    });
  const sysctl = (name: string, more: Partial<PodSpec> = {}) =>
    pod({ securityContext: { sysctls: [{ name, value: '1' }] }, ...more });
  const cases: [string, ReturnType<typeof pod>, ReturnType<typeof pod>[], string | undefined][] = [
    ['fits', pod({ containers: [asking('1')] }), [pod({ containers: [asking('1')] })], undefined],
    [
      'too much CPU',
      pod({ containers: [asking('100')] }),
      [pod({ containers: [asking('100m')] })],
      "Pod was rejected: Node didn't have enough resource: cpu, requested: 100000, used: 100, capacity: 2000",
    ],
    [
      'too much memory',
      pod({ containers: [asking('0', '2Gi')] }),
      [],
      "Pod was rejected: Node didn't have enough resource: memory, requested: 2147483648, used: 0, capacity: 1073741824",
    ],
    [
      'too much of the disk',
      pod({ containers: [asksFor('ephemeral-storage', '600Mi')] }),
      [pod({ containers: [asksFor('ephemeral-storage', '500Mi')] })],
      "Pod was rejected: Node didn't have enough resource: ephemeral-storage, requested: 629145600, used: 524288000, capacity: 1073741824",
    ],
    [
      'huge pages',
      pod({ containers: [asksFor('hugepages-2Mi', '4Mi')] }),
      [],
      "Pod was rejected: Node didn't have enough resource: hugepages-2Mi, requested: 4194304, used: 0, capacity: 0",
    ],
    [
      'a device that only the hub could know of',
      pod({ containers: [asksFor('example.com/dongle', '1')] }),
      [],
      undefined,
    ],
    [
      'too many pods',
      pod({}),
      [pod({}), pod({}), pod({})],
      "Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
    ],
    ['nothing asked on a full node', pod({}), [pod({ containers: [asking('2')] })], undefined],
    ['a port that is taken', hostPort(80), [hostPort(80)], portsTaken],
    ['another protocol', hostPort(80, { protocol: 'UDP' }), [hostPort(80)], undefined],
    [
      'a port of another address',
      hostPort(80, { hostIP: '127.0.0.1' }),
      [hostPort(80, { hostIP: '127.0.0.2' })],
      undefined,
    ],
    ['a port of every address', hostPort(80), [hostPort(80, { hostIP: '127.0.0.2' })], portsTaken],
    ['another port', hostPort(81), [hostPort(80)], undefined],
    ['another architecture', pod({ nodeSelector: { 'kubernetes.io/arch': 'amd64' } }), [], notSelected],
    ['a pod of this system', pod({ os: { name: 'linux' } }), [], undefined],
    [
      'a pod of another system',
      pod({ os: { name: 'windows' } }),
      [],
      "Pod was rejected: Failed to admit pod as the OS field doesn't match node OS",
    ],
    ['a safe sysctl', sysctl('net.ipv4.tcp_syncookies'), [], undefined],
    [
      'an unsafe sysctl',
      sysctl('kernel.msgmax'),
      [],
      'Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted',
    ],
    [
      "a safe sysctl of the board's own network",
      sysctl('net.ipv4.tcp_syncookies', { hostNetwork: true }),
      [],
      'Pod was rejected: forbidden sysctl: "net.ipv4.tcp_syncookies" not allowed with host net enabled',
    ],
    ['an unsafe sysctl that the node allows', sysctl('net.core.somaxconn'), [], undefined],
    ['one that begins as the node allows', sysctl('kernel/shmmax'), [], undefined],
    ['one of a device with a dot in its name', sysctl('net/ipv4/conf/eth0.1/forwarding'), [], undefined],
    [
      'one that only begins like an allowed name',
      sysctl('net/core/somaxconn2'),
      [],
      'Pod was rejected: forbidden sysctl: "net.core.somaxconn2" not allowlisted',
    ],
    [
      "an allowed sysctl of the board's own IPC",
      sysctl('kernel.shmmax', { hostIPC: true }),
      [],
      'Pod was rejected: forbidden sysctl: "kernel.shmmax" not allowed with host ipc enabled',
    ],
    [
      'an AppArmor profile',
      pod({ securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } }),
      [],
      'Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host',
    ],
    [
      'a profile of one container',
      pod({
        initContainers: [
          container('i', {
            securityContext: { appArmorProfile: { type: 'Localhost', localhostProfile: 'mine' } },
          }),
        ],
      }),
      [],
      'Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host',
    ],
    [
      'a profile of the pod that no container has',
      pod({
        securityContext: { appArmorProfile: { type: 'RuntimeDefault' } },
        containers: [container('c', { securityContext: { appArmorProfile: { type: 'Unconfined' } } })],
      }),
      [],
      undefined,
    ],
    ['a label that only the hub knows', pod({ nodeSelector: { zone: 'x' } }), [], undefined],
  ];
  for (const [title, wanted, others, message] of cases) {
    it(`${title}: ${message ?? 'welcome'}`, () => {
      expect(admitPod(wanted, others, terms)?.message).to.equal(message);
    });
  }

  it('lets profiles in where there is AppArmor', () => {
    const confined = pod({ securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } });
    expect(admitPod(confined, [], { ...terms, noAppArmor: undefined })).to.equal(undefined);
  });

  it('allows no sysctl that is the whole board’s', () => {
    expect(() => parseSysctlPatterns(['net.*', 'vm.swappiness'])).to.throw(
      'vm.swappiness: the board has only one',
    );
    expect(() => parseSysctlPatterns(['*'])).to.throw('*: the board has only one');
    expect(() => parseSysctlPatterns(['net.*.x'])).to.throw('net.*.x: expected names');
    expect(parseSysctlPatterns(['net/core/*', 'kernel.sem'])).to.deep.equal(['net.core.*', 'kernel.sem']);
  });

  it('counts the larger of init containers and main containers, sidecars with the latter', () => {
    const init = (cpu: string, restartPolicy?: string) => ({
      ...asking(cpu),
      ...(restartPolicy && { restartPolicy }),
    });
    const sum = (initContainers: ReturnType<typeof init>[]) =>
      requestOf({ spec: { initContainers, containers: [asking('300m'), asking('200m')] } }, 'cpu');
    expect(sum([])).to.equal(500);
    expect(sum([init('400m')])).to.equal(500);
    expect(sum([init('900m')])).to.equal(900);
    expect(sum([init('100m', 'Always')])).to.equal(600);
    expect(sum([init('100m', 'Always'), init('900m')]), 'a sidecar runs beside what comes after it').to.equal(
      1000,
    );
    expect(sum([init('900m'), init('100m', 'Always')])).to.equal(900);
    const overhead = { cpu: '50m' };
    expect(requestOf({ spec: { containers: [asking('300m')], overhead } }, 'cpu')).to.equal(350);
  });
});
