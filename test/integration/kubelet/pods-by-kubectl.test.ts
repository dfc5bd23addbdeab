// What kubectl asks of a running pod's node: its logs in every way, other resources, many pods at once.

import { expect } from 'chai';
import { eventually, run, TestCluster } from '../../support/cluster.ts';

const crowd = process.env.KELP_NIGHTLY ? 30 : 12;

describe('pods, by kubectl', function () {
  this.timeout(180_000);
  const cluster = new TestCluster();

  before(async () => {
    await cluster.startHub();
    await cluster.startAgent('pi');
  });
  after(() => cluster.close());

  const environment = () => ({ env: { KUBECONFIG: cluster.kubeconfig } });
  async function kubectl(args: readonly string[], input?: unknown): Promise<string> {
    const options = { ...environment(), ...(input !== undefined && { input: JSON.stringify(input) }) };
    const { code, stdout, stderr } = await run('kubectl', args, { ...options, timeout: 120_000 });
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  const pod = (name: string, script: string, container: object = {}, spec: object = {}) => ({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name.replace(/-\d+$/, '') } } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'c', image: 'host', command: ['sh', '-c', script], ...container }],
      ...spec,
    },
  });

  it('find the Services of their namespace in their environment', async () => {
    const service = (name: string, spec: object) => ({
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name } },
      spec: { ports: [{ port: 80 }], ...spec },
    });
    await kubectl(['apply', '-f', '-'], service('before', {}));
    await kubectl(['apply', '-f', '-'], service('headless', { clusterIP: 'None' }));
    const host = (await kubectl(['get', 'service', 'before', '-o', 'jsonpath={.spec.clusterIP}'])).trim();
    await kubectl(['apply', '-f', '-'], pod('told', 'env; exec sleep 1000'));
    const told = await eventually('its environment', async () => {
      const text = await kubectl(['logs', 'told']);
      return text.includes('KUBERNETES_SERVICE_HOST=') ? text : undefined;
    });
    expect(told).to.contain(`BEFORE_SERVICE_HOST=${host}\n`).and.contain(`BEFORE_PORT=tcp://${host}:80\n`);
    expect(told).not.to.contain('HEADLESS');
    const writers = '{range .metadata.managedFields[*]}{.manager} {end}';
    expect(
      (await kubectl(['get', 'pod', 'told', '-o', `jsonpath=${writers}`])).trim().split(' '),
    ).to.have.members(['kubectl-client-side-apply', 'kubelet']);
    await kubectl(['delete', 'pod/told', 'service/before', 'service/headless']);
  });

  describe('logs', () => {
    const whole = 'one\ntwo\nthree\n';
    let stamps: string[];

    before(async () => {
      await kubectl(
        ['apply', '-f', '-'],
        pod('talk', 'for n in one two three; do echo $n; sleep 2.1; done; exec sleep 1000'),
      );
      await eventually('all of it', async () => (await kubectl(['logs', 'talk'])) === whole || undefined);
      const stamped = (await kubectl(['logs', 'talk', '--timestamps'])).trim().split('\n');
      stamps = stamped.map((line) => line.split(' ')[0] ?? '');
      expect(stamped.map((line) => line.split(' ')[1])).to.deep.equal(['one', 'two', 'three']);
    });

    const ways: [string, () => string[], string][] = [
      ['the last lines', () => ['--tail=2'], 'two\nthree\n'],
      ['no lines', () => ['--tail=0'], ''],
      ['so many bytes', () => ['--limit-bytes=5'], 'one\nt'],
      ['since then', () => [`--since-time=${stamps[1]}`], 'two\nthree\n'],
      ['since an hour ago', () => ['--since=1h'], whole],
      ['the last of the first bytes', () => ['--tail=1', '--limit-bytes=3'], 'thr'],
    ];
    for (const [title, args, text] of ways) {
      it(`${title}: for kubectl and kelp alike`, async () => {
        expect(await kubectl(['logs', 'talk', ...args()])).to.equal(text);
        expect((await cluster.kelp('logs', 'talk', ...args())).stdout).to.equal(text);
      });
    }

    it('of the container before, and to the end of the one that runs', async () => {
      const script = 'echo run; [ -e again ] || { touch again; exit 3; }; sleep 2; echo end; exit 0';
      const spec = { restartPolicy: 'OnFailure', volumes: [{ name: 'v', emptyDir: {} }] };
      const mounted = {
        volumeMounts: [{ name: 'v', mountPath: `${cluster.directory}/v` }],
        workingDir: `${cluster.directory}/v`,
      };
      await kubectl(['apply', '-f', '-'], pod('twice', script, mounted, spec));
      const followed = await eventually('the second run', async () => {
        const count = await kubectl([
          'get',
          'pod',
          'twice',
          '-o',
          'jsonpath={.status.containerStatuses[0].restartCount}',
        ]);
        return count === '1' ? kubectl(['logs', '-f', 'twice']) : undefined;
      });
      expect(followed).to.equal('run\nend\n');
      expect(await kubectl(['logs', '--previous', 'twice'])).to.equal('run\n');
    });

    it('of all containers, each line with where it comes from, and of one that is not there', async () => {
      const say = (name: string) => ({
        ...{ name, image: 'host' },
        command: ['sh', '-c', `echo ${name} says it; exec sleep 1000`],
      });
      const initContainers = [{ ...say('i'), command: ['echo', 'i', 'says', 'it'] }];
      const spec = { initContainers, containers: [say('a'), say('b')] };
      await kubectl(['apply', '-f', '-'], pod('duo', '', {}, spec));
      const all = '[pod/duo/i] i says it\n[pod/duo/a] a says it\n[pod/duo/b] b says it\n';
      const lines = async () => kubectl(['logs', 'duo', '--all-containers', '--prefix']).catch(() => '');
      await eventually('what all of them say', async () => (await lines()) === all || undefined);
      expect(await kubectl(['logs', '-l', 'app=duo', '-c', 'b', '--prefix'])).to.equal(
        '[pod/duo/b] b says it\n',
      );
      const { stderr } = await run('kubectl', ['logs', 'duo', '-c', 'nope'], environment());
      expect(stderr).to.contain('container nope is not valid for pod duo');
    });

    it('that there are none before, as kubectl says it', async () => {
      const { stderr, code } = await run('kubectl', ['logs', '--previous', 'talk'], environment());
      expect(code).to.equal(1);
      expect(stderr).to.contain('previous terminated container "c" in pod "talk" not found');
    });
  });

  it('are given other resources', async () => {
    const resources = (cpu: string) => ({
      requests: { cpu, memory: '16Mi' },
      limits: { cpu: '1', memory: '64Mi' },
    });
    await kubectl(['apply', '-f', '-'], pod('grow', 'exec sleep 1000', { resources: resources('10m') }));
    await kubectl(['wait', '--for=condition=Ready', 'pod/grow', '--timeout=60s']);
    const patch = (cpu: string) =>
      kubectl([
        'patch',
        'pod',
        'grow',
        '--subresource=resize',
        '-p',
        JSON.stringify({ spec: { containers: [{ name: 'c', resources: resources(cpu) }] } }),
      ]);
    const status = async () => JSON.parse(await kubectl(['get', 'pod', 'grow', '-o', 'json'])).status;
    await patch('20m');
    await eventually(
      'the change',
      async () => (await status()).containerStatuses[0].allocatedResources?.cpu === '20m' || undefined,
    );
    await eventually('it to run', async () => (await status()).containerStatuses[0].ready || undefined);
    expect(await status()).not.to.have.property('resize');
    expect((await status()).containerStatuses[0].resources).to.deep.equal(resources('20m'));
  });

  it(`${crowd} at once are all started and probed`, async () => {
    const probe = { exec: { command: ['true'] }, periodSeconds: 1, timeoutSeconds: 20 };
    const container = { readinessProbe: probe, livenessProbe: probe };
    const items = Array.from({ length: crowd }, (_, index) =>
      pod(`crowd-${index}`, 'exec sleep 1000', container),
    );
    await kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items });
    await kubectl(['wait', '--for=condition=Ready', 'pod', '-l', 'app=crowd', '--timeout=110s']);
    const counts = await kubectl([
      'get',
      'pods',
      '-l',
      'app=crowd',
      '-o',
      'jsonpath={.items[*].status.containerStatuses[0].restartCount}',
    ]);
    expect(new Set(counts.split(' '))).to.deep.equal(new Set(['0']));
    expect(await kubectl(['get', 'events', '--field-selector', 'reason=Unhealthy', '-o', 'name'])).to.equal(
      '',
    );
  });

  it('leave nothing when they are deleted', async () => {
    await kubectl(['delete', 'pods', '--all', '--wait=true', '--timeout=60s']);
    await eventually('every process to end', () => cluster.workloads('pi').length === 0 || undefined);
  });
});
