// What every runtime promises the kubelet. Each implementation runs this suite (see runtime-*.test.ts).

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  type ContainerSpec,
  type Runtime,
  type RuntimeContainer,
  RuntimeFailure,
} from '../../edge-agent/runtime/index.ts';
import { logContents, processesWith, sandboxOf } from '../support/container-spec.ts';
import { until } from '../support/until.ts';

export interface RuntimeUnderTest {
  /** A runtime over `folder`, not started. A second one over the same folder is the agent after a restart. */
  create(folder: string): Runtime | Promise<Runtime>;
  container(script: string, folder: string, more?: Partial<ContainerSpec>): ContainerSpec;
}

export function runtimeContract(name: string, { create, container }: RuntimeUnderTest): void {
  describe(`a runtime: ${name}`, () => {
    let folder: string;
    let runtime: Runtime;
    let exits: RuntimeContainer[];

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'kelp-runtime-'));
      runtime = await begin();
    });

    beforeEach(() => {
      exits = [];
    });

    afterEach(async () => {
      for (const { podUid } of await runtime.list()) await runtime.removePod(podUid);
      expect(containerProcesses(), 'processes that are left').to.deep.equal([]);
    });

    after(async () => {
      await runtime.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Not those of the runtime itself, whose folder it is. */
    const containerProcesses = () => processesWith(`TEST_FOLDER=${folder}`);

    async function begin(): Promise<Runtime> {
      exits = [];
      const started = await create(folder);
      started.onExit((exited) => exits.push(exited));
      await started.start();
      return started;
    }

    /** Every container's environment names the folder, so that none can be left behind unseen. */
    const spec = (script: string, more: Partial<ContainerSpec> = {}) =>
      container(script, folder, { env: [{ name: 'TEST_FOLDER', value: folder }], ...more });

    async function run(script: string, more: Partial<ContainerSpec> = {}): Promise<RuntimeContainer> {
      return start(spec(script, more));
    }

    async function start(wanted: ContainerSpec): Promise<RuntimeContainer> {
      await runtime.preparePod(sandboxOf(wanted));
      return runtime.startContainer(wanted, 'hash-1');
    }

    /** Started, and so far that its traps are set. */
    async function runUntilReady(script: string): Promise<RuntimeContainer> {
      const started = spec(script);
      const container = await start(started);
      await until(
        'the container to be ready',
        () => existsSync(started.logPath) && logContents(started.logPath) === 'ready\n',
      );
      return container;
    }

    async function find(id: string): Promise<RuntimeContainer> {
      const found = (await runtime.list()).find((one) => one.id === id);
      if (!found) throw new Error(`no container ${id}`);
      return found;
    }

    async function ended(id: string) {
      await until('the end of the container', async () => (await find(id)).state === 'exited');
      const found = await find(id);
      if (found.state !== 'exited') throw new Error('it runs again');
      return found;
    }

    describe('starts containers and knows how they end', () => {
      const endings = [
        ['exit 0', 0, 'Completed'],
        ['exit 1', 1, 'Error'],
        ['exit 127', 127, 'Error'],
        ['exit 255', 255, 'Error'],
      ] as const;
      for (const [script, exitCode, reason] of endings) {
        it(`${script}: exit code ${exitCode}, ${reason}`, async () => {
          const { id } = await run(script);
          const end = await ended(id);
          expect([end.exitCode, end.reason]).to.deep.equal([exitCode, reason]);
          expect(end.finishedAt).to.be.at.least(end.startedAt);
          expect(exits.map((one) => one.id)).to.deep.equal([id]);
        });
      }

      const signals = [
        ['SIGKILL', 137],
        ['SIGTERM', 143],
        ['SIGINT', 130],
        ['SIGHUP', 129],
      ] as const;
      for (const [signal, exitCode] of signals) {
        it(`${signal}: exit code ${exitCode}, Error`, async () => {
          // Who is the first in a container is not ended by signals for which it has set nothing up, but for SIGKILL.
          const setUp = signal === 'SIGKILL' ? '' : `trap 'exit ${exitCode}' ${signal.slice(3)};`;
          const started = await runUntilReady(`${setUp} echo ready; while :; do sleep 0.05; done`);
          if (started.state === 'running' && started.pid) process.kill(started.pid, signal);
          const end = await ended(started.id);
          expect([end.exitCode, end.reason]).to.deep.equal([exitCode, 'Error']);
        });
      }

      it('keeps the identity it was given', async () => {
        const { id } = await run('sleep 60', { podName: 'web', name: 'app', attempt: 4 });
        const found = await find(id);
        expect(found).to.include({ podName: 'web', podNamespace: 'default', name: 'app', attempt: 4 });
        expect(found).to.include({ image: spec('').image, specHash: 'hash-1', state: 'running' });
      });

      it('says a command that does not exist in the words of container runtimes, and lists it as exited', async () => {
        const failure = await start({ ...spec(''), command: ['nosuch-command'] }).catch((error) => error);
        expect(failure).to.be.instanceOf(RuntimeFailure);
        expect(failure.reason).to.equal('RunContainerError');
        expect(failure.message).to.contain('exec: "nosuch-command": executable file not found in $PATH');
        const [found] = await runtime.list();
        expect(found).to.include({
          state: 'exited',
          exitCode: 128,
          reason: 'StartError',
          message: failure.message,
        });
      });
    });

    describe('gives a container its surroundings', () => {
      it('environment as given, nothing of the agent', async () => {
        process.env.KELP_TEST_OF_THE_AGENT = 'secret';
        const env = [
          { name: 'A', value: 'one two' },
          { name: 'TEST_FOLDER', value: folder },
        ];
        const { id, ...rest } = await run('echo "A=$A"; env', { env });
        await ended(id);
        delete process.env.KELP_TEST_OF_THE_AGENT;
        const log = logContents(spec('', { podUid: rest.podUid }).logPath);
        expect(log).to.contain('A=one two\n');
        expect(log).not.to.contain('KELP_TEST_OF_THE_AGENT');
      });

      it('arguments untouched, whatever is in them', async () => {
        const args = ['kelp', 'two words', '$HOME', "it's", 'a\nb', ''];
        const started = spec('for word in "$@"; do echo "[$word]"; done', { args });
        const { id } = await start(started);
        await ended(id);
        expect(logContents(started.logPath)).to.equal("[two words]\n[$HOME]\n[it's]\n[a\nb]\n[]\n");
      });

      it('its working directory', async () => {
        const started = spec('pwd', { workingDir: '/usr' });
        const { id } = await start(started);
        await ended(id);
        expect(logContents(started.logPath)).to.equal('/usr\n');
      });

      it('the processes of the container that it is about', async () => {
        const { podUid, id } = await run('exec sleep 4242.5');
        const look = spec('cat /proc/[0-9]*/cmdline', { podUid, name: 'look', processesOf: id });
        await ended((await start(look)).id);
        expect(logContents(look.logPath)).to.contain('sleep\0' + '4242.5');
      });

      it('runs commands in it', async () => {
        const { id } = await run('exec sleep 60');
        const result = await runtime.exec(id, ['sh', '-c', 'echo $TEST_FOLDER; echo err >&2; exit 5'], 5);
        expect(result).to.include({ exitCode: 5, timedOut: false });
        expect(result.output).to.contain(`${folder}\n`).and.to.contain('err\n');
      });

      it('ends a command that takes too long', async () => {
        const { id } = await run('exec sleep 60');
        const result = await runtime.exec(id, ['sleep', '50'], 0.2);
        expect(result.timedOut).to.equal(true);
      });
    });

    describe('stops containers', () => {
      it('lets the main process end in its own way', async () => {
        const { id } = await runUntilReady('trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done');
        await runtime.stopContainer(id, 10);
        expect(await find(id)).to.include({ state: 'exited', exitCode: 7 });
      });

      it('kills what does not listen, after the grace period', async () => {
        const { id } = await runUntilReady('trap "" TERM; echo ready; while :; do sleep 0.05; done');
        const before = performance.now();
        await runtime.stopContainer(id, 0.5);
        expect(performance.now() - before).to.be.within(450, 15_000);
        expect(await find(id)).to.include({ state: 'exited', exitCode: 137 });
      });

      it('leaves nothing of it: children, grandchildren, those that left the session', async () => {
        const { id } = await run('sleep 61 & (sleep 62 &) ; setsid sleep 63 & exec sleep 64');
        await until('its processes', () => containerProcesses().length >= 4);
        await runtime.stopContainer(id, 1);
        expect(containerProcesses()).to.deep.equal([]);
      });

      it('also ends what a main process left behind when it ended by itself', async () => {
        const { id } = await run('setsid sleep 65 & sleep 66 & exit 0');
        await ended(id);
        expect(containerProcesses()).to.deep.equal([]);
      });

      it('twice is once', async () => {
        const { id } = await run('exec sleep 60');
        await Promise.all([runtime.stopContainer(id, 5), runtime.stopContainer(id, 5)]);
        await runtime.stopContainer(id, 5);
        expect(exits).to.have.lengthOf(1);
      });

      it('does not wait for the first grace period when a shorter one comes', async () => {
        const { id } = await runUntilReady('trap "" TERM; echo ready; while :; do sleep 0.05; done');
        const before = performance.now();
        await Promise.all([runtime.stopContainer(id, 30), runtime.stopContainer(id, 0)]);
        expect(performance.now() - before).to.be.below(10_000);
      });

      it('removes a container and a whole pod', async () => {
        const { id, podUid } = await run('exit 0');
        await ended(id);
        await runtime.removeContainer(id);
        expect(await runtime.list()).to.deep.equal([]);
        await run('exec sleep 60', { podUid, name: 'a' });
        await run('exec sleep 60', { podUid, name: 'b' });
        await runtime.removePod(podUid);
        expect(await runtime.list()).to.deep.equal([]);
        expect(containerProcesses()).to.deep.equal([]);
      });
    });

    describe('lets containers outlive the agent', () => {
      it('finds a running container again: same process, still watched', async () => {
        const stopFile = join(folder, 'stop');
        const mounts = [{ hostPath: folder, containerPath: folder, readOnly: false }];
        const before = await run(`while [ ! -e ${stopFile} ]; do sleep 0.05; done; exit 4`, { mounts });
        await runtime.stop();
        runtime = await begin();
        expect(await find(before.id)).to.deep.equal(before);
        writeFileSync(stopFile, '');
        expect(await ended(before.id)).to.include({ exitCode: 4 });
        expect(exits.map(({ id }) => id)).to.deep.equal([before.id]);
      });

      it('stops a container that it found again', async () => {
        const { id } = await run('trap "exit 9" TERM; setsid sleep 67 & while :; do sleep 0.05; done');
        await until('its processes', () => containerProcesses().length >= 3);
        await runtime.stop();
        runtime = await begin();
        await runtime.stopContainer(id, 10);
        expect(await find(id)).to.include({ state: 'exited', exitCode: 9 });
      });

      it('knows how a container ended while no agent ran', async () => {
        const { id } = await run('sleep 0.3; exit 6');
        await runtime.stop();
        await until('its processes to be gone', () => containerProcesses().length === 0);
        runtime = await begin();
        expect(await find(id)).to.include({ state: 'exited', exitCode: 6, reason: 'Error' });
        expect(exits, 'what was before is listed, not announced').to.deep.equal([]);
      });

      it('has in the log what was written while no agent ran', async () => {
        const started = spec('echo one; sleep 0.3; echo two; sleep 0.2; echo three');
        const { id } = await start(started);
        await until('the log', () => existsSync(started.logPath) && logContents(started.logPath) === 'one\n');
        await runtime.stop();
        await until('its processes to be gone', () => containerProcesses().length === 0);
        runtime = await begin();
        await ended(id);
        expect(logContents(started.logPath)).to.equal('one\ntwo\nthree\n');
      });
    });

    describe('keeps logs', () => {
      it('in the CRI format', async () => {
        const started = spec('echo hello; printf "no newline"');
        const { id } = await start(started);
        await ended(id);
        const [first, second] = readFileSync(started.logPath, 'utf8').split('\n');
        expect(first).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(Z|[+-]\d\d:\d\d) stdout F hello$/);
        expect(second).to.match(/ stdout P no newline$/);
      });

      it('while the container runs', async () => {
        const started = spec('echo first; exec sleep 60');
        await start(started);
        await until(
          'the log',
          () => existsSync(started.logPath) && logContents(started.logPath) === 'first\n',
        );
      });
    });

    describe('refuses in words', () => {
      it('an image that it cannot have', async () => {
        const failure = await runtime
          .ensureImage({ image: 'no.such/image:1', policy: 'Never', credentials: [] }, { pulling() {} })
          .catch((error) => error);
        expect(failure).to.be.instanceOf(RuntimeFailure);
        expect(failure.reason).to.match(/^Err|^InvalidImageName$/);
      });

      it('a command in a container that has ended', async () => {
        const { id } = await run('exit 0');
        await ended(id);
        const failure = await runtime.exec(id, ['true'], 1).catch((error) => error);
        expect(failure).to.be.instanceOf(RuntimeFailure);
      });
    });
  });
}
