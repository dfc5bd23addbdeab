// Pods on a board whose podman runs crun, as most do, and where pods can have user ids of their own.

import { expect } from 'chai';
import { CrunBoard, crunMissing } from '../../support/crun-board.ts';
import { PodmanWorld } from '../../support/podman-world.ts';
import { freePort } from '../../support/test-registry.ts';
import { PodmanCluster } from './podman-cluster.ts';

const missing = crunMissing();

(missing ? describe.skip : describe)(`podman with crun${missing ? `: ${missing}` : ''}`, function () {
  this.timeout(120_000);
  let board: CrunBoard;
  let here: PodmanCluster;

  before(async () => {
    board = await CrunBoard.start();
    here = PodmanCluster.prepareIn(new PodmanWorld({ as: board.as, runtime: 'crun' }));
    await here.begin();
  });

  after(async () => {
    await here.close();
    await board.stop();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await here.removeAll();
  });

  const exec = async (pod: string, script: string) => {
    const { stdout, stderr } = await here.kubectl('exec', pod, '-c', 'c', '--', 'sh', '-c', script);
    return stdout + stderr;
  };

  it('runs commands in a container as the container: its user, groups, folder, environment and rights', async () => {
    const c = {
      command: ['sleep', '1000'],
      workingDir: '/tmp',
      env: [{ name: 'WORD', value: 'a "b"' }],
      securityContext: { capabilities: { drop: ['ALL'] }, allowPrivilegeEscalation: false },
      readinessProbe: { exec: { command: ['sh', '-c', 'id -u; [ $(id -u) = 1000 ]'] }, periodSeconds: 1 },
      volumeMounts: [{ name: 'v', mountPath: '/v' }],
      lifecycle: { postStart: { exec: { command: ['sh', '-c', 'id -u > /v/hook'] } } },
      tty: true,
    };
    const securityContext = { runAsUser: 1000, runAsGroup: 2000, supplementalGroups: [3000] };
    await here.pod('somebody', { c }, { securityContext, volumes: [{ name: 'v', emptyDir: {} }] });
    await here.becomes('somebody', '.status.containerStatuses[0].ready', 'true');
    const script =
      'id -u; id -g; id -G; pwd; echo $WORD; cat /v/hook; grep -E "CapBnd|NoNew" /proc/self/status';
    expect(await exec('somebody', script)).to.equal(
      '1000\n2000\n2000 50 3000\n/tmp\na "b"\n1000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\n',
    );
    // As many as the board: crun has its own idea of what says so.
    const processes = 'cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null';
    expect(await exec('somebody', processes)).to.contain('max\n');
    expect(await exec('somebody', 'exit 7')).to.contain('exit code 7');
    await here.remove('somebody');
  });

  it('says in the words of Kubernetes what cannot be started', async () => {
    const says = {
      'not-there': [['nope'], 'exec: "nope": executable file not found in $PATH'],
      folder: [['/etc'], 'exec: "/etc": permission denied'],
    } as const;
    for (const [name, [command]] of Object.entries(says))
      await here.pod(name, { c: { command } }, { restartPolicy: 'Never' });
    for (const [name, [, words]] of Object.entries(says)) {
      await here.becomes(name, '.status.containerStatuses[0].state.terminated.reason', 'StartError');
      const message = await here.get(name, '.status.containerStatuses[0].state.terminated.message');
      expect(message).to.contain(words);
    }
    await here.remove(...Object.keys(says));
  });

  it('gives a pod user ids of its own, and what the agent keeps for it is there to read', async () => {
    await here.apply({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'words' } },
      data: { word: 'of the map' },
    });
    const hostPort = await freePort();
    const c = {
      command: ['sh', '-c', 'echo mine > /v/file; exec httpd -f -p 8080 -h /v'],
      volumeMounts: [
        { name: 'v', mountPath: '/v' },
        { name: 'words', mountPath: '/words' },
      ],
      ports: [{ containerPort: 8080, hostPort }],
      readinessProbe: { httpGet: { path: '/file', port: 8080 }, periodSeconds: 1 },
    };
    const other = { command: ['sh', '-c', 'echo last > /dev/termination-log; exec sleep 1000'] };
    const volumes = [
      { name: 'v', emptyDir: {} },
      { name: 'words', configMap: { name: 'words' } },
    ];
    await here.pod('apart', { c, other }, { hostUsers: false, volumes });
    await here.becomes('apart', '.status.containerStatuses[0].ready', 'true');
    const [inside, outside] = (await exec('apart', 'cat /proc/self/uid_map')).trim().split(/\s+/).map(Number);
    expect(inside).to.equal(0);
    expect(outside).to.be.at.least(2147483647);
    expect(await exec('apart', 'id -u; cat /words/word /v/file')).to.equal('0\nof the mapmine\n');
    expect(await (await fetch(`http://127.0.0.1:${hostPort}/file`)).text()).to.equal('mine\n');
    const token = '/var/run/secrets/kubernetes.io/serviceaccount/token';
    expect(await exec('apart', `test -s ${token} && cut -c1-2 ${token}`)).to.equal('ey\n');
    await here.remove('apart');
    await here.kubectl('delete', 'configmap', 'words');
  });
});
