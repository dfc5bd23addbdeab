// The process runtime: the contract, and what only it promises.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type ContainerSpec, ProcessRuntime, rotatedLogs } from '../../edge-agent/runtime/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import { endedIn, logContents, processesWith, shellContainer } from '../support/container-spec.ts';
import { endProcess } from '../support/end-process.ts';
import { killHosts, spawnRuntime } from '../support/spawn-runtime.ts';
import { until } from '../support/until.ts';
import { runtimeContract } from './runtime.contract.ts';

const create = (folder: string, logLimits?: { maxSize: number; maxFiles: number }) =>
  new ProcessRuntime({
    directory: join(folder, 'runtime'),
    clock: systemClock,
    log: createLog('test', 'silent'),
    ...(logLimits && { logLimits }),
  });

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended since.
  }
}

runtimeContract('process', { create, container: shellContainer });

describe('the process runtime', () => {
  let folder: string;
  let runtime: ProcessRuntime;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kelp-process-'));
    runtime = create(folder);
  });

  afterEach(async () => {
    await killHosts();
    for (const { podUid } of await runtime.list()) await runtime.removePod(podUid);
    await runtime.stop();
    expect(processesWith(folder)).to.deep.equal([]);
    rmSync(folder, { recursive: true, force: true });
  });

  const spec = (script: string, more: Partial<ContainerSpec> = {}) =>
    shellContainer(script, folder, { env: [{ name: 'TEST_FOLDER', value: folder }], ...more });

  const ended = (id: string) => endedIn(runtime, id);

  /** Also who was just being started when the others were looked for. */
  async function killAll(): Promise<void> {
    await until('its processes to be gone', () => {
      const there = processesWith(folder);
      for (const pid of there) killIfThere(pid);
      return there.length === 0;
    });
  }

  async function untilNothingRuns(): Promise<void> {
    await until('its processes to be gone', () => processesWith(folder).length === 0);
  }

  describe('when the agent is killed', () => {
    /** Starts containers in a process of its own and kills that process with SIGKILL. */
    async function startAndKill(...specs: ContainerSpec[]): Promise<string[]> {
      const { host, said } = spawnRuntime(join(folder, 'runtime'), specs);
      await until('the containers', () => said().split('\n').length > specs.length, 20_000);
      await endProcess(host);
      return said().trim().split('\n');
    }

    it('a container runs on in the same process and is found again', async () => {
      const stopFile = join(folder, 'stop');
      const [id = ''] = await startAndKill(spec(`while [ ! -e ${stopFile} ]; do sleep 0.05; done; exit 4`));
      await runtime.start();
      const [found] = await runtime.list();
      expect(found).to.include({ id, state: 'running', attempt: 0 });
      writeFileSync(stopFile, '');
      expect(await ended(id)).to.include({ exitCode: 4 });
    });

    it('no exit code and no line of the log is lost or doubled', async () => {
      const lines = spec(
        'i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; sleep 0.3; echo last; exit 5',
      );
      const [id = ''] = await startAndKill(lines);
      await untilNothingRuns();
      await runtime.start();
      expect(await ended(id)).to.include({ exitCode: 5 });
      const wanted = Array.from({ length: 2000 }, (_, index) => `line ${index}\n`).join('');
      expect(logContents(lines.logPath)).to.equal(`${wanted}last\n`);
    });
  });

  describe('after a restart of the board', () => {
    it('a container that ran counts as lost, also when its pid belongs to another process now', async () => {
      await runtime.start();
      const { id } = await runtime.startContainer(spec('exec sleep 60'), 'hash');
      const other = spawn('sleep', ['60']);
      await runtime.stop();
      await killAll();
      const state = join(folder, 'runtime', 'containers', id);
      rmSync(join(state, 'exit'), { force: true });
      const stat = readFileSync(`/proc/${other.pid}/stat`, 'utf8');
      writeFileSync(join(state, 'processes'), `00000000-0000-0000-0000-000000000000\n${stat}${stat}`);

      runtime = create(folder);
      await runtime.start();
      const [found] = await runtime.list();
      expect(found).to.include({ id, state: 'exited', exitCode: 255, reason: 'Unknown' });
      expect(other.exitCode, 'the other process is left alone').to.equal(null);
      other.kill('SIGKILL');
    });

    it('a process that has the pid now, in the same boot, is not taken for the container', async () => {
      await runtime.start();
      const { id } = await runtime.startContainer(spec('exec sleep 60'), 'hash');
      await runtime.stop();
      await killAll();
      const other = spawn('sleep', ['60'], { detached: true });
      const state = join(folder, 'runtime', 'containers', id);
      rmSync(join(state, 'exit'), { force: true });
      writeFileSync(join(state, 'exit'), '');
      const [boot = '', shim = '', main = ''] = readFileSync(join(state, 'processes'), 'utf8').split('\n');
      const withPid = (line: string) => `${other.pid}${line.slice(line.indexOf(' '))}`;
      writeFileSync(join(state, 'processes'), `${[boot, withPid(shim), withPid(main)].join('\n')}\n`);

      runtime = create(folder);
      await runtime.start();
      await ended(id);
      expect(other.exitCode).to.equal(null);
      expect(other.signalCode, 'the other process is left alone').to.equal(null);
      other.kill('SIGKILL');
    });
  });

  describe('rotates logs', () => {
    it('by size and count, without losing a line in between', async () => {
      runtime = create(folder, { maxSize: 20_000, maxFiles: 3 });
      await runtime.start();
      const started = spec(
        'i=0; while [ $i -lt 1500 ]; do echo line $i; i=$((i+1)); [ $((i % 100)) = 0 ] && sleep 0.03; done',
      );
      const { id } = await runtime.startContainer(started, 'hash');
      await ended(id);
      const rotated = (await rotatedLogs(started.logPath)).map(({ path }) => path);
      expect(rotated).to.have.lengthOf(2);
      const kept = [...rotated, started.logPath].map(logContents).join('');
      const numbers = kept
        .trim()
        .split('\n')
        .map((line) => Number(line.slice(5)));
      expect(numbers.at(-1)).to.equal(1499);
      const first = numbers[0] ?? 0;
      expect(numbers).to.deep.equal(Array.from({ length: 1500 - first }, (_, index) => first + index));
    });

    it('gives the blocks of what was read back, while the container runs', async () => {
      await runtime.start();
      const started = spec(
        'head -c 9000000 /dev/zero | tr "\\0" "x" | fold -w 99; echo; echo done; exec sleep 60',
      );
      const { id } = await runtime.startContainer(started, 'hash');
      const spool = join(folder, 'runtime', 'containers', id, 'spool');
      await until(
        'the blocks to be given back',
        () => statSync(spool).size > 9_000_000 && statSync(spool).blocks * 512 < 6_000_000,
      );
      await until(
        'the last line',
        () => existsSync(started.logPath) && readFileSync(started.logPath, 'latin1').endsWith(' F done\n'),
      );
    });

    it('cuts very long lines into parts', async () => {
      await runtime.start();
      const started = spec('head -c 40000 /dev/zero | tr "\\0" "x"; echo; echo end');
      const { id } = await runtime.startContainer(started, 'hash');
      await ended(id);
      const tags = readFileSync(started.logPath, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[2]);
      expect(tags).to.deep.equal(['P', 'P', 'F', 'F']);
      expect(logContents(started.logPath)).to.equal(`${'x'.repeat(40_000)}\nend\n`);
    });
  });

  describe('an agent that runs as root', () => {
    before(function () {
      if (process.getuid?.() !== 0) this.skip();
    });

    it('reads last words', async () => {
      await runtime.start();
      const words = spec('printf bye > /dev/termination-log; exit 1', {
        terminationMessagePath: '/dev/termination-log',
      });
      const { id } = await runtime.startContainer(words, 'hash');
      expect(await ended(id)).to.include({ exitCode: 1, message: 'bye' });
    });

    it('reads the last words of another user', async () => {
      await runtime.start();
      const words = spec('printf bye > /dev/termination-log', {
        terminationMessagePath: '/dev/termination-log',
        securityContext: { runAsUser: 1234 },
      });
      const { id } = await runtime.startContainer(words, 'hash');
      expect(await ended(id)).to.include({ exitCode: 0, message: 'bye' });
    });

    it('runs as another user', async () => {
      await runtime.start();
      const started = spec('id -u; id -g; id -G', { securityContext: { runAsUser: 1234, runAsGroup: 2345 } });
      const { id } = await runtime.startContainer(started, 'hash');
      await ended(id);
      expect(logContents(started.logPath)).to.equal('1234\n2345\n2345\n');
    });
  });

  it('takes the board itself as an image', async () => {
    await runtime.start();
    const request = { image: 'host', policy: 'Never', credentials: [] } as const;
    expect(await runtime.ensureImage(request, { pulling() {} })).to.deep.equal({ imageId: 'host' });
  });

  it('keeps its folder for itself', async () => {
    await runtime.start();
    expect(statSync(join(folder, 'runtime', 'containers')).mode & 0o777).to.equal(0o700);
  });
});
