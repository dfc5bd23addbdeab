// Pods in podman, as people see them: kubectl, a hub, an agent, and podman itself.

import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually, kelpProgram, RunningProgram } from '../../support/cluster.ts';
import { podmanMissing } from '../../support/podman-world.ts';
import { inTerminal } from '../streams/in-terminal.ts';
import { containerOf, kubectl, PodmanCluster } from './podman-cluster.ts';

const missing = podmanMissing();

(missing ? describe.skip : describe)(`pods in podman${missing ? `: ${missing}` : ''}`, function () {
  this.timeout(120_000);
  let here: PodmanCluster;

  before(async () => {
    here = await PodmanCluster.start();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await here.removeAll();
  });

  after(() => here.close());

  it('the node says which podman it has', async () => {
    const { stdout } = await here.kubectl(
      'get',
      'node',
      'pi-1',
      '-o',
      'jsonpath={.status.nodeInfo.containerRuntimeVersion}',
    );
    expect(stdout).to.match(/^podman:\/\/\d+\.\d+/);
  });

  it('share an address, localhost and a host name; init containers come first, volumes are shared', async () => {
    const volumes = [{ name: 'shared', emptyDir: {} }];
    const volumeMounts = [{ name: 'shared', mountPath: '/shared' }];
    await here.pod(
      'trio',
      {
        web: {
          command: ['sh', '-c', 'cat /shared/word > /tmp/index.html; exec httpd -f -p 8080 -h /tmp'],
          volumeMounts,
        },
        client: 'until wget -qO- http://localhost:8080/; do sleep 0.2; done; hostname; exec sleep 1000',
      },
      {
        initContainers: [
          containerOf('first', { command: ['sh', '-c', 'echo prepared > /shared/word'], volumeMounts }),
        ],
        volumes,
      },
    );
    await here.running('trio');
    const said = await eventually('the client to have its answer', async () => {
      const { stdout } = await here.kubectl('logs', 'trio', '-c', 'client');
      return stdout.includes('prepared\n') ? stdout : undefined;
    });
    await eventually(
      'the host name',
      async () => (await here.kubectl('logs', 'trio', '-c', 'client')).stdout.endsWith('trio\n') || undefined,
    );
    expect(said).to.contain('prepared\n');
    const ip = await here.get('trio', '.status.podIP');
    const { stdout: range } = await here.kubectl('get', 'node', 'pi-1', '-o', 'jsonpath={.spec.podCIDR}');
    // The first half is for process pods.
    expect(ip.split('.').slice(0, 3)).to.deep.equal(range.split('.').slice(0, 3));
    expect(Number(ip.split('.')[3])).to.be.above(128);
    expect(ip).not.to.equal(await here.get('trio', '.status.hostIP'));
    expect((await here.kubectl('exec', 'trio', '-c', 'client', '--', 'ip', 'addr')).stdout).to.contain(ip);
    await here.remove('trio');
  });

  it('serve exec with exit codes and stdin, files, ports and attaching', async () => {
    await here.pod('talk', {
      c: {
        command: ['sh', '-c', 'echo hello > /tmp/index.html; httpd -p 8080 -h /tmp; exec cat'],
        stdin: true,
      },
    });
    await here.running('talk');
    expect(
      await here.kubectl('exec', 'talk', '--', 'sh', '-c', 'echo out; echo err >&2; exit 5'),
    ).to.deep.include({
      code: 5,
      stdout: 'out\n',
    });
    const missingCommand = await here.kubectl('exec', 'talk', '--', 'nosuch-command');
    expect(missingCommand.code).not.to.equal(0);
    expect(missingCommand.stderr).to.contain('exec: "nosuch-command": executable file not found in $PATH');

    const bytes = randomBytes(300_000);
    const [from, back] = ['from', 'back'].map((name) => join(here.cluster.directory, name));
    writeFileSync(from ?? '', bytes);
    expect(await here.kubectl('cp', from ?? '', 'talk:/tmp/file')).to.include({ code: 0 });
    expect(await here.kubectl('cp', 'talk:/tmp/file', back ?? '')).to.include({ code: 0 });
    expect(readFileSync(back ?? '').equals(bytes)).to.equal(true);
    await here.remove('talk');
  });

  it('forward ports, also of programs that listen on localhost only', async () => {
    await here.pod('ports', {
      open: 'echo open > /tmp/index.html; exec httpd -f -p 8080 -h /tmp',
      local: 'echo local > /tmp/index.html; exec httpd -f -p 127.0.0.1:8081 -h /tmp',
    });
    await here.running('ports');
    const page = async (url: string) => (await fetch(url)).text();
    for (const program of [undefined, kelpProgram]) {
      const open = here.forward('ports', 8080, program);
      const local = here.forward('ports', 8081, program);
      const nobody = here.forward('ports', 8082, program);
      expect(await page(await open.url)).to.equal('open\n');
      const url = await local.url;
      const many = await Promise.all(Array.from({ length: 10 }, () => page(url)));
      expect(new Set(many)).to.deep.equal(new Set(['local\n']));
      expect(await page(await nobody.url).catch((error: Error) => error)).to.be.an('error');
      await eventually(
        'it to say so',
        () => /connection refused/.test(nobody.complaints.join()) || undefined,
      );
      for (const forward of [open, local, nobody]) await forward.stop();
    }
    await here.remove('ports');
  });

  it('tell their logs in every way, and talk at terminals', async () => {
    const env = { KUBECONFIG: here.cluster.kubeconfig };
    const lines =
      'echo a; echo b; echo c; until [ -e /v/go ]; do sleep 0.1; done; echo late; exec sleep 1000';
    await here.pod(
      'says',
      {
        c: {
          command: ['sh', '-c', `[ -e /v/once ] || { touch /v/once; echo first; exit 1; }; ${lines}`],
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
        },
        tty: {
          command: ['sh', '-c', 'read word; echo heard $word; exec sleep 1000'],
          stdin: true,
          tty: true,
        },
      },
      { volumes: [{ name: 'v', emptyDir: {} }] },
    );
    const logs = async (...words: string[]) =>
      (await here.kubectl('logs', 'says', '-c', 'c', ...words)).stdout;
    await eventually('its lines', async () => (await logs()) === 'a\nb\nc\n' || undefined);
    expect(await logs('--previous')).to.equal('first\n');
    expect(await logs('--tail=1')).to.equal('c\n');
    expect(await logs('--limit-bytes=3')).to.equal('a\nb');
    expect(await logs('--timestamps', '--tail=1')).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d) c\n$/);
    expect(await logs('--since=1h')).to.equal('a\nb\nc\n');
    expect(await logs('--since-time=2999-01-01T00:00:00Z')).to.equal('');
    const follower = new RunningProgram(kubectl, ['logs', '-f', '--tail=1', 'says', '-c', 'c'], { env });
    await follower.line(/^c$/);
    await here.kubectl('exec', 'says', '-c', 'c', '--', 'touch', '/v/go');
    await follower.line(/^late$/);
    expect(follower.lines).to.deep.equal(['c', 'late']);
    await follower.stop('SIGINT');
    const attached = inTerminal(`${kubectl} attach -it says -c tty`, env);
    await attached.says('If you don');
    attached.type('hello\n');
    await attached.says('heard hello');
    attached.stop();
    await attached.exitCode;
    const shell = inTerminal(`stty rows 31 cols 77; ${kubectl} exec -it says -c c -- sh`, env);
    await shell.says('# ');
    shell.type('stty size\n');
    await shell.says('31 77');
    shell.type('exit 9\n');
    expect(await shell.exitCode).to.equal(9);
    await here.remove('says');
  });

  it('that use too much memory are ended, and say so', async () => {
    const resources = { limits: { memory: '20Mi' } };
    await here.pod(
      'greedy',
      { c: { command: ['tail', '/dev/zero'], resources } },
      { restartPolicy: 'Never' },
    );
    await here.becomes('greedy', '.status.containerStatuses[0].state.terminated.reason', 'OOMKilled');
    expect(await here.get('greedy', '.status.containerStatuses[0].state.terminated.exitCode')).to.equal(
      '137',
    );
    await here.remove('greedy');
  });

  it('outlive an agent that is killed: no restart, and an end while it was away is known', async () => {
    await here.pod(
      'steady',
      { stays: 'exec sleep 1000', ends: 'sleep 3; exit 7' },
      { restartPolicy: 'Never' },
    );
    await here.running('steady');
    const before = await here.get('steady', '.status.containerStatuses[*].containerID');
    await here.agent.stop('SIGKILL');
    await eventually(
      'its end',
      () => here.world.podman('ps', '-q', '--filter', 'name=kelp_ends').trim() === '' || undefined,
    );
    await here.startAgent();
    await here.becomes(
      'steady',
      '.status.containerStatuses[?(@.name=="ends")].state.terminated.exitCode',
      '7',
    );
    expect(await here.get('steady', '.status.containerStatuses[*].containerID')).to.equal(before);
    expect(await here.get('steady', '.status.containerStatuses[*].restartCount')).to.equal('0 0');
    expect(here.services(), 'the service of the killed agent has ended').to.have.lengthOf(1);
    await here.remove('steady');
  });

  it('begin anew when their pause container dies, also while no agent looks', async () => {
    const volumeMounts = [{ name: 'v', mountPath: '/v' }];
    const first = { command: ['sh', '-c', 'echo x >> /v/times'], volumeMounts };
    await here.pod(
      'shaken',
      { web: { command: ['httpd', '-f', '-p', '8080', '-h', '/v'], volumeMounts } },
      { initContainers: [containerOf('first', first)], volumes: [{ name: 'v', emptyDir: {} }] },
    );
    await here.running('shaken');
    const pause = () =>
      Number(here.world.podman('ps', '-a', '--filter', 'name=-infra', '--format', '{{.Pid}}'));
    const comesBack = async (times: number) => {
      await here.becomes('shaken', '.status.containerStatuses[0].restartCount', `${times}`);
      await here.becomes('shaken', '.status.containerStatuses[0].ready', 'true');
      await eventually('the page at its address', async () => {
        const said = await fetch(`http://${await here.get('shaken', '.status.podIP')}:8080/times`);
        return (await said.text()) === 'x\n'.repeat(times + 1) || undefined;
      });
    };
    process.kill(pause(), 'SIGKILL');
    await comesBack(1);
    const said = (
      await here.kubectl('get', 'events', '-o', 'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}')
    ).stdout;
    expect(said).to.contain('SandboxChanged: Pod sandbox changed, it will be killed and re-created.\n');
    expect(said).to.contain('Killing: Stopping container web\n');
    await here.agent.stop('SIGKILL');
    process.kill(pause(), 'SIGKILL');
    await here.startAgent();
    await comesBack(2);
    await here.remove('shaken');
  });

  it('that an agent was killed in the middle of starting are there once, and none twice', async () => {
    const names = ['one', 'two', 'three', 'four'];
    await Promise.all(names.map((name) => here.pod(name, { c: 'exec sleep 1000' })));
    await eventually('the first of podman', () => here.world.podman('ps', '-aq').trim() !== '' || undefined);
    await here.agent.stop('SIGKILL');
    await here.startAgent();
    for (const name of names) await here.running(name);
    const ours = ['ps', '-aq', '--filter', 'label=io.kelp.container.name=c'];
    expect(
      here.world
        .podman(...ours)
        .trim()
        .split('\n'),
    ).to.have.lengthOf(names.length);
    expect(
      here.world
        .podman(...ours, '--filter', 'status=running')
        .trim()
        .split('\n'),
    ).to.have.lengthOf(names.length);
    await here.remove(...names);
  });

  it('thirty at once all come, and all go', async function () {
    if (!process.env.KELP_NIGHTLY) return this.skip();
    const names = Array.from({ length: 30 }, (_, index) => `crowd-${index}`);
    await Promise.all(names.map((name) => here.pod(name, { c: 'exec sleep 1000' })));
    for (const name of names) await here.running(name);
    await here.remove(...names);
  });

  it('whose probes fail are restarted or not ready', async () => {
    const probe = { periodSeconds: 1, failureThreshold: 1 };
    await here.pod('probed', {
      unready: { command: ['sleep', '1000'], readinessProbe: { ...probe, exec: { command: ['false'] } } },
      ill: {
        command: ['sleep', '1000'],
        livenessProbe: { ...probe, exec: { command: ['sh', '-c', 'exit 1'] } },
      },
      well: {
        command: ['httpd', '-f', '-p', '8081', '-h', '/'],
        readinessProbe: { ...probe, httpGet: { port: 8081, path: '/etc/passwd' } },
      },
    });
    const status = (name: string, field: string) =>
      `.status.containerStatuses[?(@.name=="${name}")].${field}`;
    await here.becomes('probed', status('ill', 'restartCount'), '1');
    await here.becomes('probed', status('well', 'ready'), 'true');
    expect(await here.get('probed', status('unready', 'ready'))).to.equal('false');
    await here.remove('probed');
  });

  it('of a RuntimeClass with handler process run beside them, without podman', async () => {
    const metadata = { name: 'bare' };
    await here.apply({ apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata, handler: 'process' });
    await here.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: {
        runtimeClassName: 'bare',
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'c', image: 'host', command: ['sleep', '1000'] }],
      },
    });
    await here.running('bare');
    expect(await here.get('bare', '.status.containerStatuses[0].containerID')).to.match(/^process:/);
    expect(here.world.podman('ps', '-q').trim()).to.equal('');
    await here.remove('bare');
  });
});
