// Each check of the Pod Security Standards: what it is against, in which versions, and in which words (upstream's
// policy/check_*_test.go).

import { expect } from 'chai';
import {
  type CheckedPod,
  checks,
  detailsOf,
  violationsOf,
} from '../../../hub/apiserver/admission/pod-security/checks/index.ts';
import {
  type LevelVersion,
  latest,
  levelText,
} from '../../../hub/apiserver/admission/pod-security/policy.ts';
import type { PodSpec } from '../../../shared/api/index.ts';

/** Versions have an end only where the next one takes something back. */
const never = Number.NaN;
const minors = [...Array.from({ length: 34 }, (_, minor) => minor), latest];

type Context = NonNullable<PodSpec['containers'][number]['securityContext']>;
const of = (name: string, securityContext?: Context) => ({
  name,
  ...(securityContext && { securityContext }),
});
const bare: PodSpec = { containers: [of('a')] };
const appArmor = 'container.apparmor.security.beta.kubernetes.io/';
const seccomp = 'container.seccomp.security.alpha.kubernetes.io/';
const seccompOfPod = 'seccomp.security.alpha.kubernetes.io/pod';
const profiles = (field: 'seccompProfile' | 'appArmorProfile', type = 'Unconfined') => ({
  [field]: { type },
});

const mixedVolumes: PodSpec['volumes'] = [
  { name: 'a', emptyDir: {} },
  { name: 'b', secret: {} },
  { name: 'c', persistentVolumeClaim: { claimName: 'c' } },
  { name: 'd', downwardAPI: {} },
  { name: 'e', configMap: {} },
  { name: 'f', projected: {} },
  { name: 'g', csi: { driver: 'g' } },
  { name: 'h', ephemeral: {} },
  { name: 'i', hostPath: { path: '/' } },
  { name: 'j', nfs: { path: '/', server: 's' } },
  { name: 'k' },
];

const capable = (name: string, add: string[], drop: string[] = []) =>
  of(name, { capabilities: { add, drop } });
const someCapable = [
  capable('a', ['FOO', 'BAR']),
  capable('b', ['BAR', 'BAZ']),
  capable('c', ['NET_BIND_SERVICE', 'CHOWN'], ['ALL', 'FOO']),
];
const typed = (name: string, type: string) => of(name, { seLinuxOptions: { type } });
const sysctls = (...names: string[]): PodSpec => ({
  ...bare,
  securityContext: { sysctls: names.map((name) => ({ name, value: '1' })) },
});

interface Row {
  /** The level that has it, and in which versions: from the first to before the second. */
  level: 'baseline' | 'restricted';
  from?: number;
  until?: number;
  spec?: Partial<PodSpec>;
  annotations?: Record<string, string>;
  text: string;
}

const rows: Row[] = [
  {
    level: 'baseline',
    spec: { hostNetwork: true, hostIPC: true, hostPID: true },
    text: 'host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)',
  },
  {
    level: 'baseline',
    spec: { containers: [{ name: 'b', ports: [{ containerPort: 1 }, { containerPort: 2, hostPort: 20 }] }] },
    text: 'hostPort (container "b" uses hostPort 20)',
  },
  {
    level: 'baseline',
    spec: {
      initContainers: [{ name: 'i', ports: [{ containerPort: 1, hostPort: 9 }] }],
      containers: [
        { name: 'b', ports: [10, 20].map((hostPort) => ({ containerPort: 1, hostPort })) },
        { name: 'c', ports: [10, 30].map((hostPort) => ({ containerPort: 1, hostPort })) },
      ],
      ephemeralContainers: [of('e')],
    },
    text: 'hostPort (containers "i", "b", "c" use hostPorts 10, 20, 30, 9)',
  },
  {
    level: 'baseline',
    spec: {
      securityContext: { windowsOptions: { hostProcess: true } },
      containers: [of('a'), of('b', { windowsOptions: { hostProcess: true } })],
    },
    text: 'hostProcess (pod and container "b" must not set securityContext.windowsOptions.hostProcess=true)',
  },
  {
    level: 'baseline',
    spec: {
      containers: [
        of('c', { privileged: false }),
        of('d', { privileged: true }),
        of('e', { privileged: true }),
      ],
    },
    text: 'privileged (containers "d", "e" must not set securityContext.privileged=true)',
  },
  {
    level: 'baseline',
    spec: {
      containers: ['Default', 'Unmasked', 'other'].map((procMount) => of(procMount[0] ?? '', { procMount })),
    },
    text: 'procMount (containers "U", "o" must not set securityContext.procMount to "Unmasked", "other")',
  },
  {
    level: 'baseline',
    spec: {
      securityContext: profiles('appArmorProfile'),
      containers: [of('b', profiles('appArmorProfile', 'Localhost'))],
      ephemeralContainers: [of('e', profiles('appArmorProfile'))],
    },
    annotations: { [`${appArmor}b`]: 'unconfined', [`${appArmor}c`]: 'localhost/x', [`${appArmor}d`]: '' },
    text: `forbidden AppArmor profiles (pod and container "e" and annotation must not set AppArmor profile type to "Unconfined", "${appArmor}b="unconfined"")`,
  },
  {
    level: 'baseline',
    spec: { securityContext: profiles('appArmorProfile') },
    text: 'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
  },
  {
    level: 'baseline',
    spec: {
      securityContext: { seLinuxOptions: { type: 'foo', user: 'bar', role: 'baz' } },
      containers: [
        typed('a', 'container_t'),
        typed('e', 'bar'),
        of('f', { seLinuxOptions: { user: 'bar' } }),
      ],
    },
    text: 'seLinuxOptions (pod and containers "e", "f" set forbidden securityContext.seLinuxOptions: types "bar", "foo"; user may not be set; role may not be set)',
  },
  {
    level: 'baseline',
    spec: { securityContext: { seLinuxOptions: { role: 'bad' } } },
    text: 'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: role may not be set)',
  },
  {
    ...{ level: 'baseline', until: 31 },
    spec: { containers: [typed('a', 'container_kvm_t'), typed('d', 'container_engine_t')] },
    text: 'seLinuxOptions (container "d" set forbidden securityContext.seLinuxOptions: type "container_engine_t")',
  },
  {
    ...{ level: 'baseline', until: 19 },
    spec: { containers: ['a', 'b', 'c', 'd'].map((name) => of(name)) },
    annotations: {
      [seccompOfPod]: 'unconfined',
      ...{ [`${seccomp}a`]: 'unconfined', [`${seccomp}b`]: 'unknown' },
      ...{
        [`${seccomp}c`]: 'docker/default',
        [`${seccomp}d`]: 'localhost/x',
        [`${seccomp}other`]: 'unknown',
      },
    },
    text: `seccompProfile (forbidden annotations ${seccomp}a="unconfined", ${seccomp}b="unknown", ${seccompOfPod}="unconfined")`,
  },
  {
    ...{ level: 'baseline', from: 19 },
    spec: {
      securityContext: profiles('seccompProfile'),
      containers: [
        of('a'),
        of('b', profiles('seccompProfile', 'RuntimeDefault')),
        of('c', profiles('seccompProfile')),
      ],
    },
    text: 'seccompProfile (pod and container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
  },
  { level: 'baseline', spec: sysctls('a', 'kernel.shm_rmid_forced', 'b'), text: 'forbidden sysctls (a, b)' },
  ...[
    ...([['net.ipv4.ip_local_reserved_ports', 27]] as const),
    ...([['net.ipv4.tcp_keepalive_time', 29]] as const),
    ...([['net.ipv4.tcp_wmem', 32]] as const),
  ].map(
    ([name, until]): Row => ({
      level: 'baseline',
      until,
      spec: sysctls(name),
      text: `forbidden sysctls (${name})`,
    }),
  ),
  {
    level: 'restricted',
    spec: { volumes: mixedVolumes },
    text: 'restricted volume types (volumes "i", "j", "k" use restricted volume types "hostPath", "nfs", "unknown")',
  },
  {
    ...{ level: 'restricted', from: 8 },
    spec: {
      containers: [
        ...[of('a'), of('b', {})],
        ...[true, false].map((allowPrivilegeEscalation) => of('c', { allowPrivilegeEscalation })),
      ],
    },
    text: 'allowPrivilegeEscalation != false (containers "a", "b", "c" must set securityContext.allowPrivilegeEscalation=false)',
  },
  {
    ...{ level: 'restricted', from: 8, until: 25 },
    spec: { os: { name: 'windows' } },
    text: 'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false)',
  },
  {
    ...{ level: 'restricted', from: 22 },
    spec: { containers: someCapable },
    text: 'unrestricted capabilities (containers "a", "b" must set securityContext.capabilities.drop=["ALL"]; containers "a", "b", "c" must not include "BAR", "BAZ", "CHOWN", "FOO" in securityContext.capabilities.add)',
  },
  {
    ...{ level: 'restricted', from: 22, until: 25 },
    spec: { os: { name: 'windows' } },
    text: 'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"])',
  },
  {
    level: 'restricted',
    text: 'runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true)',
  },
  {
    level: 'restricted',
    spec: {
      securityContext: { runAsNonRoot: false },
      containers: [of('a'), of('c', { runAsNonRoot: false }), of('d', { runAsNonRoot: true })],
    },
    text: 'runAsNonRoot != true (pod and container "c" must not set securityContext.runAsNonRoot=false)',
  },
  {
    ...{ level: 'restricted', from: 23 },
    spec: { containers: [of('a', { runAsUser: 1 }), of('c', { runAsUser: 0 }), of('d', { runAsUser: 0 })] },
    text: 'runAsUser=0 (containers "c", "d" must not set runAsUser=0)',
  },
  {
    ...{ level: 'restricted', from: 19 },
    spec: { containers: [of('a'), of('b', {}), of('d', profiles('seccompProfile', 'Localhost'))] },
    text: 'seccompProfile (pod or containers "a", "b" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  },
  {
    ...{ level: 'restricted', from: 19, until: 25 },
    spec: { os: { name: 'windows' } },
    text: 'seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  },
  {
    ...{ level: 'restricted', from: 19 },
    spec: { securityContext: profiles('seccompProfile') },
    text: 'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
  },
];

/** Of the level below, which a stricter check of `restricted` takes the place of. */
const overridden: (Row & { there: (minor: number) => boolean })[] = [
  {
    ...{ level: 'baseline', there: () => false },
    spec: { volumes: mixedVolumes },
    text: 'hostPath volumes (volume "i")',
  },
  {
    ...{ level: 'baseline', there: (minor) => minor < 22 },
    spec: { containers: someCapable },
    text: 'non-default capabilities (containers "a", "b" must not include "BAR", "BAZ", "FOO" in securityContext.capabilities.add)',
  },
];

const pod = ({ spec, annotations }: Row): CheckedPod => ({
  metadata: annotations && { annotations },
  spec: { ...bare, ...spec },
});

function texts(level: LevelVersion, subject: CheckedPod): string[] {
  return violationsOf(level, subject).map((violation) => detailsOf([violation]));
}

describe('a check of pod security', () => {
  for (const row of rows) {
    const { level, from = 0, until = never, text } = row;
    it(`of ${level} says: ${text}`, () => {
      const reason = text.slice(0, text.indexOf(' ('));
      const alike = (said: string) => said === text || said.startsWith(`${reason} (`);
      for (const minor of minors) {
        const expected = minor >= from && !(minor >= until) ? [text] : [];
        const own = texts({ level, minor }, pod(row)).filter(alike);
        expect(own, levelText({ level, minor })).to.deep.equal(expected);
        if (level === 'restricted') continue;
        // Restricted has what baseline has, where nothing stricter takes its place.
        const stricter = texts({ level: 'restricted', minor }, pod(row)).filter(alike);
        expect(stricter, `restricted of ${levelText({ level, minor })}`).to.include.members(expected);
      }
    });
  }

  for (const row of overridden) {
    it(`of baseline gives way to a stricter one: ${row.text}`, () => {
      for (const minor of minors) {
        expect(texts({ level: 'baseline', minor }, pod(row))).to.include(row.text);
        const stricter = texts({ level: 'restricted', minor }, pod(row)).includes(row.text);
        expect(stricter, levelText({ level: 'restricted', minor })).to.equal(row.there(minor));
      }
    });
  }

  it('has a row here for each', () => {
    const reasons = new Set([...rows, ...overridden].map(({ text }) => text.slice(0, text.indexOf(' ('))));
    // Both checks of seccomp have one reason, those of AppArmor have two.
    expect(reasons.size).to.equal(checks.length - 1 + 1);
  });
});

describe('a level of pod security', () => {
  it('asks nothing of anybody where it is privileged', () => {
    for (const minor of minors)
      expect(
        violationsOf({ level: 'privileged', minor }, { spec: { ...bare, hostNetwork: true } }),
      ).to.deep.equal([]);
  });

  it('is met in all versions by a pod that says all that it asks for', () => {
    const securityContext = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
    const own = {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
    };
    const spec = { securityContext, containers: [of('a', own)], initContainers: [of('i', own)] };
    for (const minor of minors)
      for (const level of ['baseline', 'restricted'] as const)
        expect(texts({ level, minor }, { spec }), levelText({ level, minor })).to.deep.equal([]);
    for (const minor of minors) expect(texts({ level: 'baseline', minor }, { spec: bare })).to.deep.equal([]);
  });

  it('tells of baseline first, and of each by name', () => {
    const spec = { ...bare, hostNetwork: true, securityContext: { runAsUser: 0 }, volumes: mixedVolumes };
    const found = violationsOf({ level: 'restricted', minor: latest }, { spec });
    expect(found.map(({ reason }) => reason)).to.deep.equal([
      ...['host namespaces', 'allowPrivilegeEscalation != false', 'unrestricted capabilities'],
      ...['restricted volume types', 'runAsNonRoot != true', 'runAsUser=0', 'seccompProfile'],
    ]);
  });
});
