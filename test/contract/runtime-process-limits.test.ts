// Limits, usage and the end of process containers, as this board's control groups enforce them.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { boardHierarchies } from '../../edge-agent/runtime/cgroup/hierarchies.ts';
import { Cgroup, type ContainerSpec, ProcessRuntime } from '../../edge-agent/runtime/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import { endedIn, logContents, processesWith, shellContainer } from '../support/container-spec.ts';
import { until } from '../support/until.ts';

const mebibyte = 1024 * 1024;

/** Groups of the agent with that directory, in every hierarchy of the board. */
function groupsOf(directory: string): string[] {
  const name = `kelp-${createHash('sha256').update(directory).digest('hex').slice(0, 8)}`;
  const controllers = readdirSync('/sys/fs/cgroup').map((controller) => join('/sys/fs/cgroup', controller));
  return ['/sys/fs/cgroup', ...controllers]
    .map((path) => join(path, name))
    .filter((path) => existsSync(path));
}

describe('limits of process containers', () => {
  let folder: string;
  let runtime: ProcessRuntime;

  before(function () {
    if (process.getuid?.() !== 0) this.skip();
  });

  const create = (more: { podPidsLimit?: number } = {}) =>
    new ProcessRuntime({
      directory: join(folder, 'runtime'),
      clock: systemClock,
      log: createLog('test', 'silent'),
      ...more,
    });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kelp-limits-'));
    runtime = create();
    await runtime.start();
  });

  afterEach(async () => {
    for (const { podUid } of await runtime.list()) await runtime.removePod(podUid);
    await runtime.stop();
    expect(processesWith(folder)).to.deep.equal([]);
    expect(groupsOf(join(folder, 'runtime'))).to.deep.equal([]);
    rmSync(folder, { recursive: true, force: true });
  });

  const spec = (script: string, more: Partial<ContainerSpec> = {}) =>
    shellContainer(script, folder, { env: [{ name: 'TEST_FOLDER', value: folder }], ...more });

  const ended = (id: string) => endedIn(runtime, id);

  const needs = (context: Mocha.Context, feature: 'memoryLimit' | 'cpuLimit') => {
    if (runtime.shortcomings.has(feature)) context.skip();
  };

  const eater = 'exec awk \'BEGIN { s = "x"; while (1) s = s s }\'';

  it('memory: the kernel ends what takes more, and it is seen as OOMKilled', async function () {
    needs(this, 'memoryLimit');
    const { id } = await runtime.startContainer(
      spec(eater, { resources: { memoryBytes: 20 * mebibyte } }),
      'hash',
    );
    expect(await ended(id)).to.include({ exitCode: 137, reason: 'OOMKilled' });
  });

  it('memory: also when no agent ran meanwhile', async function () {
    needs(this, 'memoryLimit');
    const resources = { memoryBytes: 20 * mebibyte };
    const { id } = await runtime.startContainer(spec(`sleep 0.5; ${eater}`, { resources }), 'hash');
    expect(groupsOf(join(folder, 'runtime'))).not.to.be.empty;
    await runtime.stop();
    await until('its processes to be gone', () => processesWith(folder).length === 0);
    runtime = create();
    await runtime.start();
    expect(await ended(id)).to.include({ exitCode: 137, reason: 'OOMKilled' });
  });

  it('cpu: gets the quota, not more', async function () {
    needs(this, 'cpuLimit');
    const limited = spec('while :; do :; done', { resources: { cpuMillis: 200 } });
    const { id } = await runtime.startContainer(limited, 'hash');
    const cpuSeconds = async () => (await runtime.usage()).find((one) => one.id === id)?.cpuSeconds ?? 0;
    const [before, since] = [await cpuSeconds(), performance.now()];
    await until('a second of its life', () => performance.now() - since > 1000);
    const cores = ((await cpuSeconds()) - before) / ((performance.now() - since) / 1000);
    expect(cores).to.be.within(0.01, 0.3);
  });

  it('counts memory of all of it, commands that were sent in too', async function () {
    needs(this, 'memoryLimit');
    const { id } = await runtime.startContainer(spec('exec sleep 60'), 'hash');
    const hold = 'awk \'BEGIN { s = "x"; while (length(s) < 33554432) s = s s; system("sleep 60") }\'';
    const exec = await runtime.execStream(id, { command: ['sh', '-c', hold], tty: false });
    await until('what it holds to be counted', async () =>
      (await runtime.usage()).some((one) => one.id === id && one.memoryBytes > 30 * mebibyte),
    );
    exec.kill();
    await exec.exited;
  });

  it('counts the processes of all of it', async function () {
    needs(this, 'memoryLimit');
    const { id } = await runtime.startContainer(spec('sleep 60 & sleep 60 & exec sleep 60'), 'hash');
    await until('three to be counted', async () =>
      (await runtime.usage()).some((one) => one.id === id && (one.processes ?? 0) >= 3),
    );
  });

  it('are other ones as soon as they are changed, and none any more', async function () {
    needs(this, 'memoryLimit');
    needs(this, 'cpuLimit');
    const resources = { memoryBytes: 20 * mebibyte, cpuMillis: 200 };
    const { id } = await runtime.startContainer(spec('exec sleep 60', { resources }), 'hash');
    const group = Cgroup.ofProcess(
      (await runtime.list()).flatMap((one) => (one.state === 'running' ? (one.pid ?? []) : []))[0] ?? 0,
    );
    const limits = () => [
      read(group, 'memory', 'memory.limit_in_bytes', 'memory.max'),
      read(group, 'cpu', 'cpu.cfs_quota_us', 'cpu.max'),
    ];
    expect(limits()).to.deep.equal([`${20 * mebibyte}`, limitOfCpu(group, 20_000)]);
    await runtime.updateContainer(id, { memoryBytes: 40 * mebibyte, cpuMillis: 500 });
    expect(limits()).to.deep.equal([`${40 * mebibyte}`, limitOfCpu(group, 50_000)]);
    await runtime.updateContainer(id, {});
    expect(limits()).to.satisfy(
      ([memory = '', cpu]: string[]) =>
        (memory === 'max' || Number(memory) > 2 ** 60) && (cpu === '-1' || cpu === 'max 100000'),
    );
  });

  it('processes: no more than the agent lets the pod have, whichever of its containers has them', async function () {
    await runtime.stop();
    runtime = create({ podPidsLimit: 8 });
    await runtime.start();
    const quiet = spec('exec sleep 60', { name: 'quiet' });
    const { id: other } = await runtime.startContainer(quiet, 'hash');
    // The shell that is refused ends; the container goes on.
    const bomb = '(while :; do sleep 60 & done); exec sleep 60';
    const bombing = spec(bomb, { podUid: quiet.podUid, name: 'bomb' });
    const { id } = await runtime.startContainer(bombing, 'hash');
    const pidsOf = async (wanted: string) => {
      const found = (await runtime.list()).find((one) => one.id === wanted);
      return Cgroup.ofProcess((found?.state === 'running' && found.pid) || 0);
    };
    const groups = [await pidsOf(other), await pidsOf(id)];
    if (!groups[0]?.folders.has('pids')) return this.skip();
    const ofPod = () => groups.reduce((sum, group) => sum + (group?.usage()?.pids ?? 0), 0);
    await until(
      'one too many',
      () => existsSync(bombing.logPath) && /fork/i.test(logContents(bombing.logPath)),
    );
    expect(ofPod()).to.be.within(6, 8);
    const uncounted = await runtime.startContainer(spec('exec sleep 60'), 'hash');
    expect((await pidsOf(uncounted.id))?.usage()?.pids, 'of another pod').to.be.above(0);
    await runtime.stopContainer(id, 0);
    expect(ofPod(), 'only the other').to.equal(1);
  });

  it('a pod weighs as much as its containers together', async function () {
    needs(this, 'cpuLimit');
    const first = spec('exec sleep 60', { name: 'first', resources: { cpuRequestMillis: 500 } });
    const second = { podUid: first.podUid, name: 'second', resources: { cpuRequestMillis: 1500 } };
    const { id } = await runtime.startContainer(first, 'hash');
    await runtime.startContainer(spec('exec sleep 60', second), 'hash');
    const pid = (await runtime.list()).flatMap((one) => (one.state === 'running' ? (one.pid ?? []) : []))[0];
    const cpu = Cgroup.ofProcess(pid ?? 0)?.folders.get('cpu');
    if (!cpu) return this.skip();
    const file = join(dirname(cpu.path), cpu.version === 1 ? 'cpu.shares' : 'cpu.weight');
    const weight = () => Number(readFileSync(file, 'utf8'));
    const [both = 0, one = 0] = cpu.version === 1 ? [2048, 1536] : [79, 59];
    expect(weight()).to.equal(both);
    await runtime.stopContainer(id, 0);
    await runtime.removeContainer(id);
    expect(weight()).to.equal(one);
  });

  it('niceness: its own', async () => {
    await runtime.startContainer(spec('exec sleep 60', { nice: 7 }), 'hash');
    const [found] = await runtime.list();
    if (found?.state !== 'running') throw new Error('it does not run');
    const fields = () =>
      readFileSync(`/proc/${found.pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
    // It has a process before that has become what it is to run.
    await until('its priority', () => fields()[16] === '7');
  });

  it('says how soon the kernel may end it', async () => {
    await runtime.startContainer(spec('exec sleep 60', { oomScoreAdj: 321 }), 'hash');
    const [found] = await runtime.list();
    if (found?.state !== 'running') throw new Error('it does not run');
    expect(readFileSync(`/proc/${found.pid}/oom_score_adj`, 'utf8').trim()).to.equal('321');
  });

  it('adds nothing to what a container says where the agent may not lower that', async () => {
    const started = spec('echo said', { oomScoreAdj: -1000 });
    const { id } = await runtime.startContainer(started, 'hash');
    expect(await ended(id)).to.include({ exitCode: 0 });
    expect(logContents(started.logPath)).to.equal('said\n');
  });

  it('leaves nothing of what forks without end', async () => {
    const bomb = 'while :; do (setsid sleep 60 &) ; sleep 0.01; done';
    const { id } = await runtime.startContainer(spec(bomb), 'hash');
    await until('some of it', () => processesWith(folder).length > 20);
    await runtime.stopContainer(id, 0);
    expect(processesWith(folder)).to.deep.equal([]);
  });

  it('a group of version 2: counts, and ends all of it at once', async function () {
    const [tree] = boardHierarchies().filter(({ version }) => version === 2);
    if (!tree) return this.skip();
    const folderOf = { version: 2, path: join(tree.mountPoint, `kelp-test-${process.pid}`) } as const;
    const group = new Cgroup(
      new Map([
        ['cpuacct', folderOf],
        ['pids', folderOf],
      ]),
    );
    group.make();
    const script = 'echo 0 >"$0"; i=0; while [ $i -lt 9999 ]; do i=$((i+1)); done; sleep 60 & exec sleep 60';
    const child = spawn('sh', ['-c', script, group.doors[0] ?? ''], { env: { TEST_FOLDER: folder } });
    await until('both', () => group.processes().length === 2);
    expect(group.usage()?.cpuSeconds).to.be.above(0);
    expect(group.remove(), 'while something is in it').to.equal(false);
    expect(Cgroup.ofProcess(child.pid ?? 0)?.folders.get('cpuacct')).to.not.equal(undefined);
    expect(await group.kill(systemClock)).to.equal(true);
    expect(group.remove()).to.equal(true);
    expect(group.usage()).to.equal(undefined);
    expect(existsSync(folderOf.path)).to.equal(false);
  });
});

function read(
  group: Cgroup | undefined,
  controller: 'cpu' | 'memory' | 'pids',
  v1: string,
  v2: string,
): string {
  const folder = group?.folders.get(controller);
  return folder ? readFileSync(join(folder.path, folder.version === 1 ? v1 : v2), 'utf8').trim() : '';
}

function limitOfCpu(group: Cgroup | undefined, quota: number): string {
  return group?.folders.get('cpu')?.version === 1 ? `${quota}` : `${quota} 100000`;
}
