// What a pod's securityContext, resources and volumeMounts ask for, line by line: seen from inside of its containers, or said
// by name where podman or this board cannot do it.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/cluster.ts';
import { podmanMissing } from '../../support/podman-world.ts';
import { PodmanCluster } from './podman-cluster.ts';

const missing = podmanMissing();

interface Row {
  /** For sh. */
  script: string;
  says: string | RegExp;
  security?: object;
  more?: object;
}

const status = (field: string) => `sed -n 's/^${field}:\\s*//p' /proc/self/status`;
/** Every right that a process of this board can have. */
const allRights = /^CapBnd:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
const forbidMkdir = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
};

/** In one pod, with groups 4000 and 5000, a kernel setting and a volume. */
const rows: Record<string, Row> = {
  users: {
    script: 'id -u; id -g; echo $(id -G | tr " " "\\n" | sort -n)',
    security: { runAsUser: 1000, runAsGroup: 3000 },
    says: '1000\n3000\n50 3000 4000 5000\n',
  },
  'group-alone': {
    script: 'id -u; echo $(id -G | tr " " "\\n" | sort -n)',
    security: { runAsGroup: 3000 },
    says: '0\n3000 4000 5000\n',
  },
  merged: {
    script: 'echo $(id -G | tr " " "\\n" | sort -n)',
    security: { runAsUser: 1000 },
    says: '50 1000 4000 5000\n',
  },
  'group-of-volume': {
    script: 'echo x > /v/group; ls -ln /v/group | tr -s " " | cut -d" " -f3,4',
    security: { runAsUser: 1000 },
    says: '1000 5000\n',
  },
  'few-rights': {
    script: status('CapBnd'),
    security: { capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } },
    says: '0000000000001000\n',
  },
  privileged: { script: status('CapBnd'), security: { privileged: true }, says: `${allRights}\n` },
  'no-more-rights': {
    script: status('NoNewPrivs'),
    security: { allowPrivilegeEscalation: false },
    says: '1\n',
  },
  'read-only': {
    script: 'touch /x || touch /v/x && echo volume',
    security: { readOnlyRootFilesystem: true },
    says: /Read-only file system\n(.*\n)*volume\n/,
  },
  filtered: {
    script: status('Seccomp'),
    security: { seccompProfile: { type: 'RuntimeDefault' } },
    says: '2\n',
  },
  unfiltered: {
    script: status('Seccomp'),
    security: { seccompProfile: { type: 'Unconfined' } },
    says: '0\n',
  },
  'own-filter': {
    script: 'mkdir /tmp/x',
    security: { seccompProfile: { type: 'Localhost', localhostProfile: 'no-mkdir.json' } },
    says: /Operation not permitted/,
  },
  setting: { script: 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start', says: '77\n' },
  part: {
    script: 'echo mine > /part/file; cat /v/of-rows/file',
    more: {
      env: [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      volumeMounts: [
        { name: 'v', mountPath: '/v' },
        { name: 'v', mountPath: '/part', subPathExpr: 'of-$(POD)' },
      ],
    },
    says: 'mine\n',
  },
  'read-only-volume': {
    script: 'touch /v/y; touch /v/sub/y',
    more: { volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: true, recursiveReadOnly: 'IfPossible' }] },
    says: /\/v\/y: Read-only file system/,
  },
  outside: {
    script: 'grep " /shared " /proc/self/mountinfo',
    more: { volumeMounts: [{ name: 'shared', mountPath: '/shared', mountPropagation: 'HostToContainer' }] },
    says: /master:\d+/,
  },
  inside: {
    script: 'mkdir -p /shared/from-inside && mount -t tmpfs none /shared/from-inside && echo done',
    security: { privileged: true },
    more: { volumeMounts: [{ name: 'shared', mountPath: '/shared', mountPropagation: 'Bidirectional' }] },
    says: 'done\n',
  },
};

(missing ? describe.skip : describe)(`what pods ask of podman${missing ? `: ${missing}` : ''}`, function () {
  this.timeout(120_000);
  let here: PodmanCluster;
  let shared: string;

  before(async () => {
    here = await PodmanCluster.start();
    mkdirSync(join(here.agentDirectory, 'seccomp'), { recursive: true });
    writeFileSync(join(here.agentDirectory, 'seccomp/no-mkdir.json'), JSON.stringify(forbidMkdir));
    shared = join(here.cluster.directory, 'shared');
    mkdirSync(shared);
    execFileSync('mount', ['--bind', shared, shared]);
    execFileSync('mount', ['--make-shared', shared]);
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await here.removeAll();
  });

  after(async () => {
    execFileSync('umount', ['-R', shared]);
    await here.close();
  });

  const waiting = '.status.containerStatuses[0].state.waiting';

  it('is there, each line of it', async () => {
    const containers = Object.entries(rows).map(([name, { script, security, more }]) => [
      name,
      {
        command: ['sh', '-c', `exec 2>&1; ${script}; echo end`],
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
        ...(security && { securityContext: security }),
        ...more,
      },
    ]);
    const volumes = [
      { name: 'v', emptyDir: {} },
      { name: 'shared', hostPath: { path: shared } },
    ];
    const sysctls = [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '77' }];
    const securityContext = { supplementalGroups: [4000], fsGroup: 5000, sysctls };
    await here.pod('rows', Object.fromEntries(containers), {
      securityContext,
      volumes,
      restartPolicy: 'Never',
    });
    const wrong: string[] = [];
    for (const [name, { says }] of Object.entries(rows)) {
      const said = await eventually(
        `the words of ${name}`,
        async () => {
          const { stdout, stderr } = await here.kubectl('logs', 'rows', '-c', name);
          if (stdout.endsWith('end\n')) return stdout.slice(0, -'end\n'.length);
          throw new Error([stdout, stderr, ...(await here.events('rows'))].join('\n'));
        },
        60_000,
      );
      if (typeof says === 'string' ? said !== says : !says.test(said)) wrong.push(`${name}: ${said}`);
    }
    expect(wrong).to.deep.equal([]);
    expect(readFileSync('/proc/self/mounts', 'utf8')).to.contain(` ${shared}/from-inside tmpfs `);
    await here.remove('rows');
  });

  it('ends with the words that it is to end with', async () => {
    const file = {
      command: ['sh', '-c', 'echo last > /tmp/words; exit 3'],
      terminationMessagePath: '/tmp/words',
    };
    const log = {
      command: ['sh', '-c', 'echo from the log; exit 4'],
      terminationMessagePolicy: 'FallbackToLogsOnError',
    };
    await here.pod('ends', { file, log }, { restartPolicy: 'Never' });
    await here.becomes('ends', '.status.phase', 'Failed');
    const messages = '.status.containerStatuses[*].state.terminated.message';
    expect(await here.get('ends', messages)).to.equal('last\n from the log\n');
    await here.remove('ends');
  });

  it('is refused where the pod would be somebody else than it says', async () => {
    const sleeper = { c: 'exec sleep 1000' };
    await here.pod('root', sleeper, { securityContext: { runAsNonRoot: true } });
    await here.pod('unsafe', sleeper, {
      securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] },
    });
    await here.pod('mapped', sleeper, { hostUsers: false });
    await here.becomes('root', `${waiting}.reason`, 'CreateContainerConfigError');
    expect(await here.get('root', `${waiting}.message`)).to.match(
      /^container has runAsNonRoot and image will run as root \(pod: "root_default\(.*\)", container: c\)$/,
    );
    await here.becomes('unsafe', '.status.reason', 'SysctlForbidden');
    expect(await here.get('unsafe', '.status.message')).to.contain(
      'forbidden sysctl: "kernel.msgmax" not allowlisted',
    );
    if (!/^containers:/m.test(readFileSync('/etc/subuid', 'utf8'))) {
      await eventually(
        'why it is refused',
        async () =>
          (await here.events('mapped'))
            .join()
            .includes('cannot keep to spec.hostUsers (podman needs ranges') || undefined,
      );
    }
    await here.remove('root', 'unsafe', 'mapped');
  });

  it('has no groups but those of the pod where it asks for that', async () => {
    const says = {
      strict: [{ runAsUser: 1000 }, '1000'],
      'strict-groups': [{ runAsUser: 1000, runAsGroup: 3000, supplementalGroups: [4000] }, '3000 4000'],
    } as const;
    for (const [name, [security]] of Object.entries(says)) {
      const securityContext = { ...security, supplementalGroupsPolicy: 'Strict' };
      await here.pod(name, { c: 'id -G' }, { securityContext, restartPolicy: 'Never' });
    }
    for (const [name, [, groups]] of Object.entries(says)) {
      await here.becomes(name, '.status.phase', 'Succeeded');
      expect((await here.kubectl('logs', name)).stdout, name).to.equal(`${groups}\n`);
    }
    await here.remove(...Object.keys(says));
  });

  it('is named where this board or podman does not have it', async () => {
    const limits = { 'hugepages-2Mi': '2Mi', memory: '16Mi' };
    await here.pod('huge', { c: { command: ['sleep', '1000'], resources: { limits, requests: limits } } });
    const volumeMounts = [{ name: 'v', mountPath: '/v', readOnly: true, recursiveReadOnly: 'Enabled' }];
    await here.pod(
      'deep',
      { c: { command: ['sleep', '1000'], volumeMounts } },
      { volumes: [{ name: 'v', emptyDir: {} }] },
    );
    await here.becomes('deep', `${waiting}.reason`, 'CreateContainerConfigError');
    expect(await here.get('deep', `${waiting}.message`)).to.contain('recursive read-only mode');
    await eventually(
      'what the scheduler says',
      async () => (await here.events('huge')).join().includes('Insufficient hugepages-2Mi') || undefined,
    );
    if (!existsSync('/sys/kernel/security/apparmor')) {
      const appArmorProfile = { type: 'Localhost', localhostProfile: 'mine' };
      await here.pod('armed', { c: 'exec sleep 1000' }, { securityContext: { appArmorProfile } });
      await here.becomes('armed', '.status.reason', 'AppArmor');
      expect(await here.get('armed', '.status.message')).to.equal(
        'Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host',
      );
      await here.kubectl('delete', 'pod', 'armed', '--now');
    }
    await here.remove('huge', 'deep');
  });
});
