// Pods in podman without root: an agent that is a user of the board. What such a board cannot do it says.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/cluster.ts';
import { RootlessWorld, rootlessMissing } from '../../support/rootless-world.ts';
import { freePort } from '../../support/test-registry.ts';
import { PodmanCluster } from './podman-cluster.ts';

const missing = rootlessMissing();

(missing ? describe.skip : describe)(`podman without root${missing ? `: ${missing}` : ''}`, function () {
  this.timeout(120_000);
  let here: PodmanCluster<RootlessWorld>;

  before(async () => {
    here = PodmanCluster.prepareIn(new RootlessWorld());
    await here.begin();
  });

  after(() => here.close());

  const exec = async (pod: string, ...command: string[]) =>
    (await here.kubectl('exec', pod, '--', ...command)).stdout;

  it('runs pods with users of their own, commands in them, logs and ports, and leaves nothing', async () => {
    const hostPort = await freePort();
    const script = 'echo said; mkdir /v/mine; echo page > /v/mine/page; exec httpd -f -p 8080 -h /v/mine';
    const c = {
      command: ['sh', '-c', script],
      ports: [{ containerPort: 8080, hostPort }],
      resources: { requests: { cpu: '1', memory: '16Mi' }, limits: { cpu: '1', memory: '16Mi' } },
      volumeMounts: [{ name: 'v', mountPath: '/v' }],
      // The pod has no address: they go into its network.
      readinessProbe: { httpGet: { path: '/page', port: 8080 }, periodSeconds: 1 },
      livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    };
    const security = { runAsUser: 1000, runAsGroup: 1000, supplementalGroups: [2000] };
    await here.pod('web', { c }, { securityContext: security, volumes: [{ name: 'v', emptyDir: {} }] });
    await here.running('web');
    await here.kubectl('wait', '--for=condition=Ready', '--timeout=30s', 'pod/web');
    expect(await here.get('web', '.status.containerStatuses[0].restartCount')).to.equal('0');
    expect(await exec('web', 'id', '-G')).to.equal('1000 50 2000\n');
    expect(await exec('web', 'cat', '/v/mine/page')).to.equal('page\n');
    expect((await here.kubectl('logs', 'web')).stdout).to.equal('said\n');
    expect(await (await fetch(`http://127.0.0.1:${hostPort}/page`)).text()).to.equal('page\n');
    const agent = here.agent.pid;
    await here.remove('web');
    expect(here.agent.exitCode, `the agent, ${agent}`).to.equal(undefined);
    const folder = join(here.agentDirectory, 'pods/pods');
    await eventually('its folder to be gone', () => readdirSync(folder).length === 0 || undefined);
  });

  it('finds them again after it was killed, and forwards ports to them', async () => {
    await here.pod('stays', { c: 'echo in > /tmp/index.html; exec httpd -f -p 127.0.0.1:8080 -h /tmp' });
    await here.running('stays');
    const before = await here.get('stays', '.status.containerStatuses[0].containerID');
    await here.agent.stop('SIGKILL');
    await here.startAgent();
    const forward = here.forward('stays', 8080);
    expect(await (await fetch(await forward.url)).text()).to.equal('in\n');
    await forward.stop();
    expect(await here.get('stays', '.status.containerStatuses[0].containerID')).to.equal(before);
    expect(await here.get('stays', '.status.containerStatuses[0].restartCount')).to.equal('0');
    await here.remove('stays');
  });

  it('says what it cannot do, each by its field', async () => {
    const asks = {
      c: {
        command: ['sleep', '1000'],
        ports: [{ containerPort: 80, hostPort: 80 }],
        resources: { limits: { cpu: '1', memory: '16Mi' } },
      },
    };
    await here.pod('asks', asks);
    await here.pod('group', { c: 'exec sleep 1000' }, { securityContext: { fsGroup: 2000 } });
    await here.pod('apart', { c: 'exec sleep 1000' }, { hostUsers: false });
    await here.running('asks');
    const [said = ''] = (await here.events('asks')).filter((event) => event.startsWith('UnsupportedFields'));
    expect(said)
      .to.match(/spec\.containers\[c\]\.resources\.limits\.memory \(podman runs without root, and the memory/)
      .and.to.match(/spec\.containers\[c\]\.ports\[hostPort 80\] \(podman runs without root: ports below/);
    await eventually(
      'the other’s word',
      async () =>
        /FailedMount: .*securityContext\.fsGroup: 2000: needs an agent that runs as root/.test(
          (await here.events('group')).join(),
        ) || undefined,
    );
    await eventually(
      'why users of its own are refused',
      async () =>
        /cannot keep to spec\.hostUsers \(podman runs without root/.test(
          (await here.events('apart')).join(),
        ) || undefined,
    );
    await here.remove('asks', 'group', 'apart');
  });
});
