// A pod's life in podman, as far as the kubelet and not podman makes it: names, sidecars, hooks, probes, other resources.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/cluster.ts';
import { podmanMissing, testImage } from '../../support/podman-world.ts';
import { containerOf, PodmanCluster } from './podman-cluster.ts';

const missing = podmanMissing();

(missing ? describe.skip : describe)(
  `the life of a pod in podman${missing ? `: ${missing}` : ''}`,
  function () {
    this.timeout(120_000);
    let here: PodmanCluster;

    before(async () => {
      here = await PodmanCluster.start();
    });
    afterEach(async function () {
      if (this.currentTest?.state === 'failed') await here.removeAll();
    });
    after(() => here.close());

    const exec = async (pod: string, ...command: string[]) =>
      (await here.kubectl('exec', pod, '--', ...command)).stdout;

    it('has the names that it asks for', async () => {
      const spec = {
        hostAliases: [{ ip: '192.0.2.9', hostnames: ['nas', 'nas.home'] }],
        dnsPolicy: 'None',
        dnsConfig: {
          nameservers: ['192.0.2.53'],
          searches: ['lab'],
          options: [{ name: 'ndots', value: '2' }],
        },
        ...{ hostname: 'db', subdomain: 'sub', setHostnameAsFQDN: true },
      };
      await here.pod('names', { c: 'exec sleep 1000' }, spec);
      await here.running('names');
      const ip = await here.get('names', '.status.podIP');
      const hosts = await exec('names', 'cat', '/etc/hosts');
      expect(hosts).to.match(/^# Kubernetes-managed hosts file\.\n/);
      expect(hosts).to.contain(`\n${ip}\tdb.sub.default.svc.cluster.local\tdb\n`);
      expect(hosts).to.match(/# Entries added by HostAliases\.\n192\.0\.2\.9\tnas\tnas\.home\n$/);
      expect(await exec('names', 'cat', '/etc/resolv.conf')).to.equal(
        'search lab\nnameserver 192.0.2.53\noptions ndots:2\n',
      );
      expect(await exec('names', 'hostname')).to.equal('db.sub.default.svc.cluster.local\n');
      expect(await exec('names', 'sh', '-c', 'echo $KUBERNETES_SERVICE_PORT')).to.equal(
        `${new URL(here.cluster.server).port}\n`,
      );
      await here.remove('names');
    });

    it('is looked into by kubectl debug: the processes of the container that it names', async () => {
      await here.pod('watched', { c: 'exec sleep 4242' });
      await here.running('watched');
      const wanted = ['--image', testImage, '--image-pull-policy=Never', '-c', 'look', '--target=c'];
      const { code, stderr } = await here.kubectl('debug', 'watched', ...wanted, '--', 'ps');
      expect(code, stderr).to.equal(0);
      await here.becomes('watched', '.status.ephemeralContainerStatuses[0].state.terminated.exitCode', '0');
      const { stdout } = await here.kubectl('logs', 'watched', '-c', 'look');
      expect(stdout).to.match(/^ +1 root +sleep 4242$/m);
      await here.remove('watched');
    });

    it('starts sidecars before and ends them after the others, with their hooks', async () => {
      const volumeMounts = [{ name: 'v', mountPath: '/v' }];
      const says = (word: string) => ({ exec: { command: ['sh', '-c', `echo ${word} >>/v/said`] } });
      const folder = join(here.cluster.directory, 'said');
      mkdirSync(folder);
      const waiting = (word: string) =>
        `trap 'echo ${word} >>/v/said; exit 0' TERM; touch /tmp/up; while :; do sleep 0.1; done`;
      await here.pod(
        'order',
        {
          main: {
            command: ['sh', '-c', waiting('main')],
            volumeMounts,
            lifecycle: { postStart: says('started'), preStop: says('stopping') },
          },
        },
        {
          terminationGracePeriodSeconds: 20,
          initContainers: [
            containerOf('sidecar', {
              command: ['sh', '-c', waiting('sidecar')],
              volumeMounts,
              restartPolicy: 'Always',
              startupProbe: {
                exec: { command: ['test', '-e', '/tmp/up'] },
                periodSeconds: 1,
                failureThreshold: 30,
              },
            }),
          ],
          volumes: [{ name: 'v', hostPath: { path: folder } }],
        },
      );
      await here.becomes('order', '.status.conditions[?(@.type=="Ready")].status', 'True');
      await here.kubectl('delete', 'pod', 'order');
      const { stdout } = await here.kubectl('get', 'pods', '-o', 'name');
      expect(stdout).to.equal('');
      expect(readFileSync(join(folder, 'said'), 'utf8')).to.equal('started\nstopping\nmain\nsidecar\n');
      rmSync(folder, { recursive: true });
    });

    it('restarts what fails its liveness probe, within the grace of that probe', async () => {
      const c = {
        command: [
          'sh',
          '-c',
          'trap "" TERM; httpd -p 8080 -h /tmp; touch /tmp/live; sleep 2; rm /tmp/live; sleep 1000',
        ],
        livenessProbe: {
          httpGet: { port: 8080, path: '/live' },
          ...{
            periodSeconds: 1,
            failureThreshold: 1,
            initialDelaySeconds: 1,
            terminationGracePeriodSeconds: 1,
          },
        },
      };
      await here.pod('live', { c }, { terminationGracePeriodSeconds: 600 });
      await here.becomes('live', '.status.containerStatuses[0].restartCount', '1');
      const { stdout } = await here.kubectl('get', 'events', '-o', 'jsonpath={..message}');
      expect(stdout).to.contain('Liveness probe failed: HTTP probe failed with statuscode: 404');
      expect(stdout).to.contain('Container c failed liveness probe, will be restarted');
      await here.remove('live');
    });

    it('comes to other limits without a restart', async () => {
      const resources = (memory: string) => ({
        requests: { cpu: '10m', memory: '16Mi' },
        limits: { cpu: '1', memory },
      });
      await here.pod('grow', { c: { command: ['sleep', '1000'], resources: resources('32Mi') } });
      await here.running('grow');
      const id = await here.get('grow', '.status.containerStatuses[0].containerID');
      const patch = { spec: { containers: [{ name: 'c', resources: resources('64Mi') }] } };
      const patched = await here.kubectl(
        'patch',
        'pod',
        'grow',
        '--subresource=resize',
        '-p',
        JSON.stringify(patch),
      );
      expect(patched.stderr).to.equal('');
      await here.becomes('grow', '.status.containerStatuses[0].resources.limits.memory', '64Mi');
      expect(await here.get('grow', '.status.containerStatuses[0].containerID')).to.equal(id);
      const pid = here.world
        .podman('inspect', '--format', '{{.State.Pid}}', id.replace('podman://', ''))
        .trim();
      expect(memoryLimitOf(pid)).to.equal(64 * 1024 * 1024);
      const processes = 'cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null';
      expect(await exec('grow', 'sh', '-c', processes), 'as many as the board').to.equal('max\n');
      await here.remove('grow');
    });

    it('comes from a file of the board', async () => {
      const folder = join(here.agentDirectory, 'manifests');
      const manifest = {
        ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'own' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [{ name: 'c', image: testImage, command: ['sleep', '1000'] }],
        },
      };
      writeFileSync(join(folder, 'own.json'), JSON.stringify(manifest));
      await eventually('its mirror to run', async () => {
        const { stdout } = await here.kubectl('get', 'pod', 'own-pi-1', '-o', 'jsonpath={.status.phase}');
        return stdout === 'Running' || undefined;
      });
      rmSync(join(folder, 'own.json'));
      await eventually(
        'its mirror to go',
        async () => (await here.kubectl('get', 'pods', '-o', 'name')).stdout === '' || undefined,
      );
    });
  },
);

/** What the kernel holds the process to, with control groups of version 1 or 2. */
function memoryLimitOf(pid: string): number {
  const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const [first] = groups.filter(([, controllers]) => controllers === 'memory');
  const file = first
    ? `/sys/fs/cgroup/memory${first[2]}/memory.limit_in_bytes`
    : `/sys/fs/cgroup${groups.find(([, controllers]) => controllers === '')?.[2]}/memory.max`;
  return Number(readFileSync(file, 'utf8'));
}
