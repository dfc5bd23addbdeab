// Limits of process containers where the agent may make no control groups: scopes of systemd where it runs and the agent is
// an ordinary user with a manager of its own, or the groups are read-only (test/integration/board has such a board), else a warning.

import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { BoardCgroups, SystemdScopes } from '../../edge-agent/runtime/cgroup/index.ts';
import { Cgroup, type ContainerSpec, ProcessRuntime } from '../../edge-agent/runtime/index.ts';
import { findTool } from '../../edge-agent/runtime/process/find-command.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import { processesWith, shellContainer } from '../support/container-spec.ts';
import { killHosts, spawnRuntime } from '../support/spawn-runtime.ts';
import { until } from '../support/until.ts';

const mebibyte = 1024 * 1024;
const asRoot = userInfo().uid === 0;
const nobody = 65_534;

describe('limits of process containers without cgroups of the agent’s own', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kelp-scopes-'));
  });

  afterEach(async () => {
    await killHosts();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are named as not kept where systemd-run refuses', async function () {
    if (!asRoot || !findTool('systemd-run')) return this.skip();
    chownSync(folder, nobody, nobody);
    const { said } = spawnRuntime(join(folder, 'runtime'), [], { uid: nobody });
    await until('what it says', () => said().endsWith('\n'));
    const { cpuLimit, memoryLimit } = JSON.parse(said());
    // Nobody has no manager of its own, whether or not systemd has started this board.
    const refusal =
      /^the agent does not run as root, and no part of the cgroup tree is delegated to it; systemd-run: .*(Failed to|booted with)/;
    expect(cpuLimit).to.match(refusal);
    expect(memoryLimit).to.match(refusal);
  });

  describe('with scopes', () => {
    let runtime: ProcessRuntime | undefined;

    const create = () =>
      new ProcessRuntime({
        ...{ directory: join(folder, 'runtime'), clock: systemClock, log: createLog('test', 'silent') },
        podPidsLimit: 8,
      });
    const started = async () => {
      runtime = create();
      await runtime.start();
      return runtime;
    };
    const spec = (script: string, more: Partial<ContainerSpec> = {}) =>
      shellContainer(script, folder, { env: [{ name: 'TEST_FOLDER', value: folder }], ...more });

    before(async function () {
      if (BoardCgroups.open({ name: `kelp-test-${process.pid}` }).refused.size === 0) return this.skip();
      const [systemdRun, systemctl] = [findTool('systemd-run'), findTool('systemctl')];
      if (!systemdRun || !systemctl) return this.skip();
      const options = { name: `kelp-test-${process.pid}`, tools: { systemdRun, systemctl } };
      const scopes = await SystemdScopes.open(options);
      if (typeof scopes === 'string') return this.skip();
      await scopes.close();
    });

    afterEach(async () => {
      for (const { podUid } of (await runtime?.list()) ?? []) await runtime?.removePod(podUid);
      const slice = folder && sliceOf(await groupOfFirst());
      await runtime?.stop();
      runtime = undefined;
      expect(processesWith(folder)).to.deep.equal([]);
      if (slice) await until('its slice to be gone', () => !existsSync(slice));
    });

    async function groupOfFirst(): Promise<Cgroup | undefined> {
      const [first] = (await runtime?.list()) ?? [];
      return first?.state === 'running' ? Cgroup.ofProcess(first.pid ?? 0) : undefined;
    }
    const sliceOf = (group: Cgroup | undefined) =>
      group?.folders.get('memory')?.path.replace(/\.slice\/[^/]*\.scope$/, '.slice');
    const read = (group: Cgroup | undefined, file: string) =>
      readFileSync(join(group?.folders.get('memory')?.path ?? '', file), 'utf8').trim();

    async function ended(id: string) {
      const find = async () => (await runtime?.list())?.find((one) => one.id === id);
      await until('the end of the container', async () => (await find())?.state === 'exited');
      return find();
    }

    it('are kept, changed in place, counted, and found again by the next agent', async () => {
      let agent = await started();
      expect(agent.shortcomings.has('memoryLimit')).to.equal(false);
      expect(agent.shortcomings.has('cpuLimit')).to.equal(false);
      const resources = { memoryBytes: 64 * mebibyte, cpuMillis: 250, cpuRequestMillis: 100 };
      const { id } = await agent.startContainer(
        spec('env >"$TEST_FOLDER/new" && mv "$TEST_FOLDER/new" "$TEST_FOLDER/env"; exec sleep 60', {
          resources,
        }),
        'hash',
      );
      const group = await groupOfFirst();
      const limits = () =>
        ['memory.max', 'cpu.max', 'memory.swap.max', 'pids.max'].map((file) => read(group, file));
      expect(limits()).to.deep.equal([`${64 * mebibyte}`, '25000 100000', '0', '10']);
      await until('its environment', () => existsSync(join(folder, 'env')));
      expect(readFileSync(join(folder, 'env'), 'utf8')).to.not.contain('XDG_RUNTIME_DIR');
      await agent.updateContainer(id, { memoryBytes: 80 * mebibyte });
      expect(limits()).to.deep.equal([`${80 * mebibyte}`, 'max 100000', '0', '10']);
      await agent.stop();
      agent = await started();
      expect((await agent.list())[0]).to.include({ id, state: 'running' });
      expect((await agent.usage())[0]?.memoryBytes).to.be.above(0);
      await agent.updateContainer(id, {});
      expect(limits()).to.deep.equal(['max', 'max 100000', 'max', '10']);
      await agent.stopContainer(id, 0);
      await until('its scope to be gone', () => !existsSync(group?.folders.get('memory')?.path ?? ''));
    });

    it('memory: the kernel ends what takes more, and it is seen as OOMKilled', async () => {
      const agent = await started();
      const eater = 'exec awk \'BEGIN { s = "x"; while (1) s = s s }\'';
      const { id } = await agent.startContainer(
        spec(eater, { resources: { memoryBytes: 20 * mebibyte } }),
        'hash',
      );
      expect(await ended(id)).to.include({ exitCode: 137, reason: 'OOMKilled' });
    });

    it('ends a group that no container has', async () => {
      const agent = await started();
      await agent.startContainer(spec('exec sleep 60'), 'hash');
      const group = await groupOfFirst();
      await agent.stop();
      rmSync(join(folder, 'runtime', 'containers'), { recursive: true });
      await started();
      await until('it to be gone', () => !existsSync(group?.folders.get('memory')?.path ?? ''));
    });
  });
});
