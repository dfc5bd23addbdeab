// The podman runtime: the contract, and what only it promises.

import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { defaultImageGc, ImageCollector } from '../../edge-agent/kubelet/images/image-collector.ts';
import { boardHierarchies } from '../../edge-agent/runtime/cgroup/index.ts';
import {
  Cgroup,
  type ContainerSpec,
  filterLines,
  hasCapability,
  type LogLimits,
  loadPodmanRuntime,
  logLines,
  type PodRangeSource,
  type Runtime,
  RuntimeFailure,
  rotatedLogs,
  type Sandbox,
} from '../../edge-agent/runtime/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import { overlap, parseSubnet } from '../../shared/machinery/index.ts';
import { processesNaming } from '../support/cluster.ts';
import { logContents, sandboxOf, shellContainer } from '../support/container-spec.ts';
import { signal } from '../support/end-process.ts';
import { freeClusterCidr } from '../support/pod-networks.ts';
import { PodmanWorld, podmanMissing, testImage } from '../support/podman-world.ts';
import { freePort } from '../support/test-registry.ts';
import { until } from '../support/until.ts';
import { runtimeContract } from './runtime.contract.ts';

const missing = podmanMissing();

(missing ? describe.skip : describe)(`podman${missing ? `: ${missing}` : ''}`, () => {
  let world: PodmanWorld;

  before(function () {
    this.timeout(60_000);
    world = new PodmanWorld();
    Object.assign(process.env, world.env);
  });

  after(async function () {
    this.timeout(60_000);
    for (const name of Object.keys(world.env)) delete process.env[name];
    expect(await world.destroy(), 'what is left').to.deep.equal([]);
  });

  const create = (folder: string, logLimits?: LogLimits, podRange?: PodRangeSource) =>
    loadPodmanRuntime({
      directory: join(folder, 'podman'),
      podmanArgs: world.args,
      archiveFolder: join(folder, 'images'),
      seccompFolder: join(folder, 'seccomp'),
      clock: systemClock,
      log: createLog('test', 'silent'),
      podPidsLimit: 77,
      ...(logLimits && { logLimits }),
      ...(podRange && { podRange }),
    });

  if (process.env.ONLY !== '1')
    runtimeContract('podman', {
      create,
      container: (script, folder, more) => shellContainer(script, folder, { image: testImage, ...more }),
    });

  describe('the podman runtime', function () {
    this.timeout(60_000);
    let folder: string;
    let runtime: Runtime;

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'kelp-podman-runtime-'));
      runtime = await create(folder);
      await runtime.start();
    });

    afterEach(async () => {
      for (const { podUid } of await runtime.list()) await runtime.removePod(podUid);
      await runtime.stop();
      expect(await world.leftovers(), 'what is left').to.deep.equal([]);
      rmSync(folder, { recursive: true, force: true });
    });

    async function run(script: string, more: Partial<ContainerSpec> = {}, sandbox: Partial<Sandbox> = {}) {
      const spec = shellContainer(script, folder, { image: testImage, ...more });
      const { ips } = await runtime.preparePod(sandboxOf(spec, sandbox));
      return { spec, ips, ...(await runtime.startContainer(spec, 'hash')) };
    }

    async function says(id: string, command: string): Promise<string> {
      return (await runtime.exec(id, ['sh', '-c', command], 10)).output.trim();
    }

    it('gives what the security context asks for', async () => {
      const { id } = await run('exec sleep 1000', {
        oomScoreAdj: 321,
        securityContext: {
          ...{ runAsUser: 1000, runAsGroup: 2000, supplementalGroups: [3000] },
          ...{ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
          ...{ dropCapabilities: ['ALL'], addCapabilities: ['NET_BIND_SERVICE'] },
          seccomp: { type: 'Unconfined' },
        },
      });
      expect(await says(id, 'id -u; id -g; id -G')).to.equal('1000\n2000\n2000 50 3000');
      expect(await says(id, 'touch /file; echo $?')).to.contain('Read-only file system');
      const status = await says(id, 'cat /proc/1/status /proc/1/oom_score_adj');
      expect(status)
        .to.match(/^NoNewPrivs:\s+1$/m)
        .and.to.match(/^CapBnd:\s+0000000000000400$/m);
      expect(status)
        .to.match(/^Seccomp:\s+0$/m)
        .and.to.match(/^321$/m);
      const plain = await run('exec sleep 1000');
      expect(await says(plain.id, 'cat /proc/1/status')).to.match(/^Seccomp:\s+2$/m);
      const mighty = await run('exec sleep 1000', {
        securityContext: { privileged: true, procMount: 'Unmasked' },
      });
      const all = /^CapBnd:.*$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[0];
      expect(await says(mighty.id, 'cat /proc/1/status')).to.contain(all);
    });

    it('is less likely to be ended for want of memory than its starter, as far as that may make it so', async () => {
      const { id } = await run('exec sleep 1000', { oomScoreAdj: -997 });
      const own = readFileSync('/proc/self/oom_score_adj', 'utf8').trim();
      expect(await says(id, 'cat /proc/1/oom_score_adj')).to.equal(
        hasCapability('SYS_RESOURCE') ? '-997' : own,
      );
    });

    it('holds to limits, changes them while it runs, and counts what is used', async () => {
      const resources = { cpuMillis: 500, cpuRequestMillis: 250, memoryBytes: 50 * 2 ** 20 };
      const { id, state, ...rest } = await run('exec sleep 1000', { resources });
      const pid = state === 'running' && 'pid' in rest ? (rest.pid ?? 0) : 0;
      const limit = (file: string) => groupFile(pid, 'memory', file);
      expect(limit('memory.limit_in_bytes') ?? limit('memory.max')).to.equal(String(50 * 2 ** 20));
      await runtime.updateContainer?.(id, { cpuMillis: 1000, memoryBytes: 60 * 2 ** 20 });
      expect(limit('memory.limit_in_bytes') ?? limit('memory.max')).to.equal(String(60 * 2 ** 20));
      const [usage] = (await runtime.usage?.()) ?? [];
      expect(usage?.id).to.equal(id);
      expect(usage?.memoryBytes).to.be.within(1, 60 * 2 ** 20);
      expect(usage?.cpuSeconds).to.be.greaterThan(0);
      expect(usage?.processes).to.be.at.least(1);
      const ofPod = Cgroup.ofProcess(pid)?.parent.folders.get('pids')?.path ?? '';
      expect(readFileSync(join(ofPod, 'pids.max'), 'utf8').trim(), 'all containers together').to.equal('77');
    });

    it('weighs where cores are fought over as much as was asked for, and so does its pod', async () => {
      const busy = await run('exec sleep 1000', { name: 'a', resources: { cpuRequestMillis: 500 } });
      const idle = await run('exec sleep 1000', { name: 'b', podUid: busy.podUid });
      const pids = (await runtime.list()).flatMap((one) => ('pid' in one && one.pid ? [one.pid] : []));
      const groups = pids.map((pid) => Cgroup.ofProcess(pid)?.folders.get('cpu'));
      const version = groups[0]?.version ?? 1;
      const weightOf = (path = '') =>
        Number(readFileSync(join(path, version === 1 ? 'cpu.shares' : 'cpu.weight'), 'utf8'));
      const weights = () => groups.map((group) => weightOf(group?.path));
      const ofPod = () => weightOf(dirname(groups[0]?.path ?? ''));
      expect(weights()).to.deep.equal(version === 1 ? [512, 2] : [20, 1]);
      expect(ofPod()).to.equal(version === 1 ? 514 : 21);
      await runtime.updateContainer?.(idle.id, { cpuRequestMillis: 1000 });
      expect(ofPod(), 'after a change').to.equal(version === 1 ? 1536 : 59);
    });

    it('leaves no control group of a pod behind, in none of the trees of the board', async () => {
      const { podUid } = await run('exec sleep 1000');
      const id = world.podman('pod', 'ls', '-q', '--no-trunc').trim();
      const groups = () =>
        boardHierarchies().filter(({ mountPoint }) => existsSync(join(mountPoint, 'libpod_parent', id)));
      expect(groups()).not.to.deep.equal([]);
      await runtime.removePod(podUid);
      expect(groups()).to.deep.equal([]);
    });

    it('shares what a pod shares: address, host name, processes if it asks for that, kernel settings', async () => {
      const sysctls = [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }];
      const shared = { shareProcessNamespace: true, hostname: 'together', sysctls };
      const a = await run('exec sleep 1001', { name: 'a' }, shared);
      const b = await run('exec sleep 1002', { name: 'b', podUid: a.podUid }, shared);
      expect(a.ips[0]).to.match(/^10\./);
      expect(b.ips).to.deep.equal(a.ips);
      expect(await says(b.id, 'hostname; ps; cat /proc/sys/net/ipv4/ip_unprivileged_port_start')).to.match(
        /^together\n[\s\S]*sleep 1001[\s\S]*sleep 1002[\s\S]*\n0$/,
      );
      await runtime.stopContainer(a.id, 0);
      expect(await says(b.id, 'ps')).not.to.contain('sleep 1001');
    });

    it('has the network, processes and IPC of the board where a pod asks for that, however long its name is', async () => {
      const name = 'node-exporter-of-the-monitoring-of-this-cluster-7xk2p';
      const { id, ips } = await run(
        'exec sleep 1000',
        {},
        { name, hostNetwork: true, hostPid: true, hostIpc: true },
      );
      expect(ips).to.deep.equal([]);
      const inode = (of: string) => readlinkSync(`/proc/self/ns/${of}`);
      const seen = await says(id, 'for n in net pid ipc uts; do readlink /proc/self/ns/$n; done');
      expect(seen.split('\n')).to.deep.equal(['net', 'pid', 'ipc', 'uts'].map(inode));
      await runtime.stopContainer(id, 0);
    });

    it('leads ports of the board to the pod', async () => {
      const hostPort = await freePort();
      const ports = [{ hostIp: '127.0.0.1', hostPort, containerPort: 8080, protocol: 'TCP' as const }];
      await run('echo page > /tmp/index.html; exec httpd -f -p 8080 -h /tmp', {}, { ports });
      await until('the page', async () => {
        const answer = await fetch(`http://127.0.0.1:${hostPort}/`).catch(() => undefined);
        return (await answer?.text()) === 'page\n';
      });
    });

    it('connects to what listens on a pod’s own loopback only, both ways to the end', async () => {
      const { podUid } = await run('echo page > /tmp/x; exec httpd -f -p 127.0.0.1:8081 -h /tmp');
      const socket = await until('it to listen', () =>
        runtime.connect?.(podUid, 8081).catch(() => undefined),
      );
      socket.end('GET /x HTTP/1.0\r\n\r\n');
      expect(await text(socket)).to.match(/^HTTP\/1\.\d 200 OK[\s\S]*page\n$/);
      const failure = await runtime.connect?.(podUid, 8082).catch((error: Error) => error);
      expect(failure).to.be.an('error').with.property('message', 'connection refused');
      const onBoard = await run('exec sleep 1000', {}, { hostNetwork: true });
      expect(await runtime.connect?.(onBoard.podUid, 8081)).to.equal(undefined);
    });

    it('makes the working directory that is not there', async () => {
      const { id } = await run('exec sleep 1000', {
        workingDir: '/not/there',
        securityContext: { runAsUser: 1000 },
      });
      expect(await says(id, 'pwd')).to.equal('/not/there');
    });

    it('ends what podman was killed in the middle of starting', async () => {
      let killed = 0;
      for (let tries = 0; tries < 3; tries++) {
        const spec = shellContainer('exec sleep 1000', folder, { image: testImage });
        await runtime.preparePod(sandboxOf(spec));
        const starting = runtime.startContainer(spec, 'hash').catch((error) => error);
        let over = false;
        void starting.then(() => (over = true));
        // Its monitor is there, and podman has not noted that yet.
        await until(
          'its start',
          () => over || processesNaming(`kelp_c_p_default_${spec.podUid}_0`).length > 0,
        );
        for (const pid of processesNaming(`unix://${folder}/podman`)) signal(pid, 'SIGKILL');
        if ((await starting) instanceof Error) killed++;
        await runtime.removePod(spec.podUid);
      }
      expect(killed).to.be.greaterThan(0);
      world.unmountForgotten();
    });

    it('keeps last words, and says why a container cannot be made', async () => {
      const { id } = await run('echo farewell > /dev/termination-log; exit 3', {
        terminationMessagePath: '/dev/termination-log',
      });
      await until('its end', async () =>
        (await runtime.list()).some((one) => one.id === id && one.state === 'exited'),
      );
      const [ended] = await runtime.list();
      expect(ended).to.include({ exitCode: 3, message: 'farewell\n' });
      const failures: [Partial<ContainerSpec>, string, string][] = [
        [{ command: ['/etc'] }, 'RunContainerError', 'exec: "/etc": permission denied'],
        [
          { mounts: [{ hostPath: '/nosuch', containerPath: '/x', readOnly: true }] },
          'CreateContainerError',
          '/nosuch',
        ],
        [{ image: 'localhost/absent:1' }, 'CreateContainerError', 'localhost/absent:1'],
      ];
      for (const [more, reason, words] of failures) {
        const failure = await run('true', more).catch((error) => error);
        expect(failure).to.include({ reason }).and.to.be.instanceOf(RuntimeFailure);
        expect(failure.message).to.contain(words);
      }
      for (const pod of world.podman('pod', 'ls', '-q').split('\n').filter(Boolean))
        world.podman('pod', 'rm', '-f', '-t', '0', pod);
    });

    it('puts full logs aside, and loses no line', async () => {
      const limited = await create(folder, { maxSize: 200_000, maxFiles: 3 });
      await runtime.stop();
      runtime = limited;
      await runtime.start();
      const { id, spec } = await run(
        'i=0; while [ $i -lt 12000 ]; do echo "line $i of many"; i=$((i+1)); [ $((i % 1000)) = 0 ] && sleep 0.5; done; exec sleep 1000',
      );
      await until(
        'the last line',
        () => existsSync(spec.logPath) && logContents(spec.logPath).includes('line 11999 '),
        30_000,
      );
      const kept = async () => {
        const all = logLines(spec.logPath, undefined, undefined, new AbortController().signal);
        return (await text(filterLines(all, {}))).trimEnd().split('\n');
      };
      // The oldest goes a while after it was put aside.
      let lines: string[] = [];
      await until('the oldest lines to go', async () => {
        lines = await kept();
        return lines[0] !== 'line 0 of many';
      });
      const files = (await rotatedLogs(spec.logPath)).length;
      expect(files).to.be.within(2, 3);
      const first = Number(lines[0]?.split(' ')[1]);
      expect(first).to.be.within(1, 9000);
      expect(lines).to.deep.equal(
        Array.from({ length: 12_000 - first }, (_, index) => `line ${first + index} of many`),
      );
      await runtime.stopContainer(id, 0);
    });

    it('talks to commands and containers, with terminals of any size', async () => {
      const { id } = await run('exec cat', { stdin: true });
      const exec = await runtime.execStream(id, {
        command: ['sh', '-c', 'read word; echo "got $word"; exit 4'],
        tty: false,
      });
      exec.stdin.end('it\n');
      expect(await text(exec.stdout)).to.equal('got it\n');
      expect(await exec.exited).to.equal(4);
      const asking = 'while sleep 0.1; do stty size; done';
      const terminal = await runtime.execStream(id, { command: ['sh', '-c', asking], tty: true });
      terminal.resize(123, 45);
      let said = '';
      terminal.stdout.on('data', (chunk) => {
        said += chunk;
      });
      await until('its size', () => said.includes('45 123'));
      terminal.kill();
      const sized = await runtime.execStream(id, {
        command: ['stty', 'size'],
        tty: true,
        size: { columns: 124, rows: 46 },
      });
      expect(await text(sized.stdout)).to.include('46 124');
      const attached = await runtime.attachStream(id);
      attached.stdin?.write('echoed\n');
      expect(String((await once(attached.output, 'data'))[0])).to.equal('echoed\n');
      attached.detach();
      const again = await runtime.attachStream(id);
      again.stdin?.write('twice\n');
      expect(String((await once(again.output, 'data'))[0])).to.equal('twice\n');
      again.detach();
      const long = await runtime.execStream(id, {
        command: ['sh', '-c', 'sleep 1234 & sleep 1235'],
        tty: false,
      });
      await until('its processes', async () => (await says(id, 'ps')).includes('sleep 1234'));
      long.kill();
      await until('their end', async () => !/sleep 123[45]/.test(await says(id, 'ps')));
      const failure = await runtime
        .execStream(id, { command: ['nosuch'], tty: false })
        .catch((error) => error);
      expect(failure).to.include({ reason: 'ExecError' });
    });

    it('gives back the images that no container needs, and no other', async () => {
      const images = join(folder, 'images');
      for (const name of ['used', 'spare']) {
        const id = world.podman('create', testImage, 'true').trim();
        world.podman('commit', '-q', id, `localhost/${name}:1`);
        world.podman('rm', id);
        world.podman('save', '-q', '-o', join(folder, 'archive'), `localhost/${name}:1`);
        world.podman('rmi', `localhost/${name}:1`);
        renameSync(join(folder, 'archive'), join(images, `${name}.tar`));
      }
      await until('both to be loaded', async () => (await runtime.images()).length === 2, 30_000);
      const { podUid } = await run('exec sleep 1000', { image: 'localhost/used:1' });
      const warnings: string[] = [];
      const collector = new ImageCollector({
        ...{ runtimes: [runtime], policy: defaultImageGc, clock: systemClock },
        log: createLog('test', 'silent'),
        warn: (reason, message) => warnings.push(`${reason}: ${message}`),
      });
      await collector.removeUnused();
      const names = async () => (await runtime.images()).flatMap((image) => image.names);
      expect(await names())
        .to.include('localhost/used:1')
        .and.not.to.include('localhost/spare:1');
      await runtime.removePod(podUid);
      await collector.removeUnused();
      expect(await names()).to.deep.equal([]);
      expect(warnings).to.deep.equal([]);
    });

    it('gives pods addresses of its range, and podman’s own where podman refuses that', async () => {
      const cidr = freeClusterCidr();
      const known = { cidr, shared: false };
      const isOfIt = async (podUid: string) => {
        const other = await create(join(folder, podUid), undefined, { known, wait: async () => known });
        await other.start();
        try {
          const pod = shellContainer('true', folder, { podUid, podName: podUid });
          const { ips } = await other.preparePod(sandboxOf(pod));
          const [range, address] = [parseSubnet(cidr), parseSubnet(`${ips[0]}/32`)];
          return range && address && overlap(range, address);
        } finally {
          await other.removePod(podUid);
          await other.stop();
        }
      };
      expect(await isOfIt('first')).to.equal(true);
      expect(await isOfIt('second'), 'that another has').to.equal(false);
    });

    it('leaves alone what another agent, or a person, has made', async () => {
      await run('exec sleep 1000');
      const other = await create(join(folder, 'other'));
      await other.start();
      expect(await other.list()).to.deep.equal([]);
      await other.stop();
      expect(await runtime.list()).to.have.lengthOf(1);
    });

    it('knows containers that were removed from outside as ended', async () => {
      const { id } = await run('exec sleep 1000');
      world.podman('rm', '-f', '-t', '0', id);
      await until('it to be known', async () => (await runtime.list())[0]?.state === 'exited');
      await runtime.stopContainer(id, 5);
      await runtime.removeContainer(id);
      expect(await runtime.list()).to.deep.equal([]);
      for (const pod of world.podman('pod', 'ls', '-q').split('\n').filter(Boolean))
        world.podman('pod', 'rm', '-f', '-t', '0', pod);
    });
  });
});

/** A file of the control group that a process is in; undefined: this board has none of that name. */
function groupFile(pid: number, controller: string, file: string): string | undefined {
  for (const line of readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n')) {
    const [id, names = '', path = ''] = line.split(':');
    const root = id === '0' ? '/sys/fs/cgroup' : `/sys/fs/cgroup/${controller}`;
    const found = join(root, path, file);
    if ((id === '0' || names === controller) && existsSync(found)) return readFileSync(found, 'utf8').trim();
  }
  return undefined;
}
