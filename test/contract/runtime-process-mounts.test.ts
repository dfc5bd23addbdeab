// Where the process runtime mounts a container's volumes on the board: made for it, kept as long as anybody needs it, and
// gone afterwards, also when the agent is killed in between.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type ContainerSpec, ProcessRuntime } from '../../edge-agent/runtime/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import { endedIn, logContents, processesWith, shellContainer } from '../support/container-spec.ts';
import { endProcess, signal } from '../support/end-process.ts';
import { killHosts, spawnRuntime } from '../support/spawn-runtime.ts';
import { until } from '../support/until.ts';

describe('the process runtime, where it mounts', () => {
  let folder: string;
  let runtime: ProcessRuntime;

  before(function () {
    if (process.getuid?.() !== 0) this.skip();
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kelp-process-mounts-'));
    runtime = new ProcessRuntime({
      directory: join(folder, 'runtime'),
      clock: systemClock,
      log: createLog('test', 'silent'),
    });
  });

  afterEach(async () => {
    await killHosts();
    for (const { podUid } of await runtime.list()) await runtime.removePod(podUid);
    await runtime.stop();
    for (const pid of processesWith(folder)) signal(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const spec = (script: string, more: Partial<ContainerSpec> = {}) =>
    shellContainer(script, folder, { env: [{ name: 'TEST_FOLDER', value: folder }], ...more });

  const ended = (id: string) => endedIn(runtime, id);

  /** A volume of the test, mounted at `place`. */
  function mountAt(place: string) {
    const hostPath = join(folder, 'volume');
    mkdirSync(hostPath, { recursive: true });
    return [{ hostPath, containerPath: place, readOnly: false }];
  }

  it('mounts volumes for the container alone, and leaves no mount point behind', async () => {
    await runtime.start();
    const source = join(folder, 'volume');
    mkdirSync(source);
    writeFileSync(join(source, 'key'), 'value');
    const containerPath = `/kelp-test-${process.pid}/config`;
    const mounts = [{ hostPath: source, containerPath, readOnly: true }];
    const started = spec(
      `cat ${containerPath}/key; touch ${containerPath}/new || echo refused; exec sleep 60`,
      { mounts },
    );
    const { id } = await runtime.startContainer(started, 'hash');
    await until(
      'the log',
      () => existsSync(started.logPath) && logContents(started.logPath).includes('refused'),
    );
    expect(readdirSync(containerPath), 'seen from outside').to.deep.equal([]);
    expect(logContents(started.logPath)).to.match(/^value/);
    const { output } = await runtime.exec(id, ['cat', `${containerPath}/key`], 5);
    expect(output).to.equal('value');
    await runtime.stopContainer(id, 0);
    await runtime.removeContainer(id);
    expect(existsSync(`/kelp-test-${process.pid}`)).to.equal(false);
  });

  it('keeps a mount point as long as another container uses it', async () => {
    await runtime.start();
    const source = join(folder, 'volume');
    mkdirSync(source);
    const containerPath = `/kelp-test-${process.pid}-shared`;
    const mounts = [{ hostPath: source, containerPath, readOnly: false }];
    const first = await runtime.startContainer(spec('exit 0', { mounts, name: 'a' }), 'hash');
    const second = await runtime.startContainer(spec('exec sleep 60', { mounts, name: 'b' }), 'hash');
    await ended(first.id);
    await runtime.removeContainer(first.id);
    expect((await runtime.exec(second.id, ['touch', `${containerPath}/x`], 5)).exitCode).to.equal(0);
    expect(readdirSync(source)).to.deep.equal(['x']);
    await runtime.stopContainer(second.id, 0);
    await runtime.removeContainer(second.id);
    expect(existsSync(containerPath)).to.equal(false);
  });

  it('mounts into mounts, and names the mount that cannot be made', async () => {
    await runtime.start();
    const [outer, inner] = [join(folder, 'outer'), join(folder, 'inner')];
    mkdirSync(outer);
    mkdirSync(inner);
    writeFileSync(join(inner, 'key'), 'value');
    const top = `/kelp-test-${process.pid}-nested`;
    const mounts = [
      { hostPath: inner, containerPath: `${top}/a/b`, readOnly: true },
      { hostPath: outer, containerPath: top, readOnly: false },
    ];
    const started = spec(`cat ${top}/a/b/key`, { mounts });
    const { id } = await runtime.startContainer(started, 'hash');
    expect(await ended(id)).to.include({ exitCode: 0 });
    expect(logContents(started.logPath)).to.equal('value');
    await runtime.removeContainer(id);
    expect(existsSync(top)).to.equal(false);
    expect(readdirSync(outer)).to.deep.equal([]);

    const impossible = [
      { hostPath: inner, containerPath: top, readOnly: false },
      { hostPath: inner, containerPath: '/proc/nosuch', readOnly: false },
    ];
    const failure = await runtime
      .startContainer(spec('true', { mounts: impossible }), 'hash')
      .catch((error) => error);
    expect(failure).to.include({ reason: 'CreateContainerConfigError' });
    expect(failure.message).to.match(/^volumeMounts\[1\]\.mountPath: \/proc\/nosuch: /);
    expect(await runtime.list()).to.deep.equal([]);
    expect(existsSync(top)).to.equal(false);
  });

  describe('when the agent is killed', () => {
    const metaOf = (id: string) => join(folder, 'runtime/containers', id, 'meta.json');
    const createdPaths = (id: string): { path: string }[] =>
      JSON.parse(readFileSync(metaOf(id), 'utf8')).createdPaths;
    const ids = () => readdirSync(join(folder, 'runtime/containers'));

    it('has written down what it makes before that is there', async () => {
      const place = join(folder, 'place');
      const { host } = spawnRuntime(join(folder, 'runtime'), [
        spec('exec sleep 60', { mounts: mountAt(`${place}/in`) }),
      ]);
      await new Promise<void>((resolve) => {
        const watcher = watch(folder, (_, name) => {
          if (name !== 'place') return;
          host.kill('SIGKILL');
          watcher.close();
          resolve();
        });
      });
      await endProcess(host);
      const [id = ''] = ids();
      expect(createdPaths(id).map(({ path }) => path)).to.deep.equal([place, `${place}/in`]);
      await runtime.start();
      // How far its start had come is chance.
      for (const { podUid } of await runtime.list()) await runtime.removePod(podUid);
      expect(existsSync(place)).to.equal(false);
      expect(ids()).to.deep.equal([]);
    });

    /** As it stands on the disk when the agent is killed before the start of the container. */
    async function killedBeforeTheStart(...places: string[]): Promise<void> {
      const specs = places.map((place, index) =>
        spec('exec sleep 60', { name: `c${index}`, mounts: mountAt(place) }),
      );
      const { host, said } = spawnRuntime(join(folder, 'runtime'), specs);
      await until('the containers', () => said().split('\n').length > specs.length, 20_000);
      await endProcess(host);
      for (const pid of processesWith(folder)) signal(pid, 'SIGKILL');
      await until('their processes to be gone', () => processesWith(folder).length === 0);
      for (const id of ids())
        for (const file of ['processes', 'exit']) rmSync(join(folder, 'runtime/containers', id, file));
    }

    for (const made of ['all', 'half', 'none']) {
      it(`and ${made} of a place was made, the next one leaves nothing of it`, async () => {
        const place = join(folder, 'place');
        await killedBeforeTheStart(`${place}/in`);
        if (made !== 'all') rmdirSync(`${place}/in`);
        if (made === 'none') rmdirSync(place);
        await runtime.start();
        expect(existsSync(place)).to.equal(false);
        expect(await runtime.list()).to.deep.equal([]);
        expect(ids()).to.deep.equal([]);
      });
    }

    it('and two containers meant to make one place, it goes with the last of them', async () => {
      const place = join(folder, 'place');
      await killedBeforeTheStart(`${place}/in`, `${place}/in`);
      const [first = '', second = ''] = ids();
      for (const [id, other] of [
        [first, second],
        [second, first],
      ] as const) {
        const meta = JSON.parse(readFileSync(metaOf(id), 'utf8'));
        if (meta.createdPaths.length > 0) continue;
        writeFileSync(metaOf(id), JSON.stringify({ ...meta, createdPaths: createdPaths(other) }));
      }
      await runtime.start();
      expect(existsSync(place)).to.equal(false);
      expect(ids()).to.deep.equal([]);
    });

    it('and another container runs on in a place that was not made by it, the place stays', async () => {
      const place = join(folder, 'place');
      const mounts = mountAt(place);
      const specs = ['a', 'b'].map((name) => spec('exec sleep 60', { name, mounts }));
      const { host, said } = spawnRuntime(join(folder, 'runtime'), specs);
      await until('the containers', () => said().split('\n').length > specs.length, 20_000);
      await endProcess(host);
      const [first = '', second = ''] = said().trim().split('\n');
      expect(createdPaths(first)).to.deep.equal([{ path: place, kind: 'folder' }]);
      expect(createdPaths(second)).to.deep.equal([]);
      for (const file of ['processes', 'exit']) rmSync(join(folder, 'runtime/containers', first, file));
      await runtime.start();
      expect((await runtime.list()).map(({ id }) => id)).to.deep.equal([second]);
      expect((await runtime.exec(second, ['touch', `${place}/x`], 5)).exitCode).to.equal(0);
      expect(createdPaths(second), 'inherited').to.deep.equal([{ path: place, kind: 'folder' }]);
      await runtime.stopContainer(second, 0);
      await runtime.removeContainer(second);
      expect(existsSync(place)).to.equal(false);
    });
  });

  it('two that start at once share the places that both need', async () => {
    await runtime.start();
    const place = join(folder, 'place');
    const mounts = mountAt(`${place}/in`);
    const started = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        runtime.startContainer(spec(`touch ${place}/in/${name}; exec sleep 60`, { name, mounts }), 'hash'),
      ),
    );
    await until('their files', () => readdirSync(join(folder, 'volume')).length === 3);
    for (const [index, { id }] of started.entries()) {
      expect(existsSync(`${place}/in`), `before the end of ${index}`).to.equal(true);
      await runtime.stopContainer(id, 0);
      await runtime.removeContainer(id);
    }
    expect(existsSync(place)).to.equal(false);
  });

  it('refuses a file where another pod has a folder, and the other way round, as long as that is', async () => {
    await runtime.start();
    const [asFolder] = mountAt(join(folder, 'place'));
    if (!asFolder) throw new Error('no mount');
    const hostPath = join(folder, 'file');
    writeFileSync(hostPath, 'text');
    const kinds = { folder: asFolder, file: { ...asFolder, hostPath } };
    for (const [first, second] of [
      ['folder', 'file'],
      ['file', 'folder'],
    ] as const) {
      const { id } = await runtime.startContainer(spec('exec sleep 60', { mounts: [kinds[first]] }), 'hash');
      const other = spec('exec sleep 60', { mounts: [kinds[second]] });
      const failure = await runtime.startContainer(other, 'hash').catch((error) => error);
      expect(failure).to.include({
        reason: 'CreateContainerConfigError',
        message: `volumeMounts[0].mountPath: ${asFolder.containerPath}: is a ${first} on this board, also for other pods, and no ${second} can be mounted there: choose another path`,
      });
      expect((await runtime.list()).map((one) => one.id)).to.deep.equal([id]);
      expect((await runtime.exec(id, ['ls', asFolder.containerPath], 5)).exitCode).to.equal(0);
      await runtime.removePod((await runtime.list())[0]?.podUid ?? '');
      const next = await runtime.startContainer(other, 'hash');
      await runtime.removePod(next.podUid);
      expect(existsSync(asFolder.containerPath)).to.equal(false);
    }
  });
});
