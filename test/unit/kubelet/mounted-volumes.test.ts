// Volumes that are mounted, owned by a group, or limited: real mounts where the test runs as root.

import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statfsSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Mounts } from '../../../edge-agent/kubelet/volumes/mounts.ts';
import { isRoot, type Volume, VolumeWorld } from '../../support/volume-world.ts';

describe('volumes in memory', () => {
  let world: VolumeWorld;
  beforeEach(function () {
    if (!isRoot) this.skip();
    world = new VolumeWorld();
  });
  afterEach(() => world?.end());

  const memory = (sizeLimit?: string) => ({
    emptyDir: { medium: 'Memory', ...(sizeLimit && { sizeLimit }) },
  });
  const bytes = (path: string) => {
    const { blocks, bsize } = statfsSync(path);
    return blocks * bsize;
  };

  it('are as large as their limit, and are found again by the next agent', async () => {
    const { path } = await world.make(memory('1Mi'));
    expect(bytes(path)).to.equal(1024 * 1024);
    expect(statSync(path).mode & 0o7777).to.equal(0o1777);
    writeFileSync(join(path, 'kept'), 'x');
    expect(() => writeFileSync(join(path, 'large'), Buffer.alloc(2 * 1024 * 1024))).to.throw(/ENOSPC/);
    world.restart();
    await world.make(memory('1Mi'));
    expect(await world.mounted()).to.deep.equal([path]);
    expect(world.read(path, 'kept')).to.equal('x');
    await world.volumes.remove();
    expect(await world.mounted()).to.deep.equal([]);
    expect(existsSync(path)).to.equal(false);
  });

  it('are no larger than what the containers may use, or the board has', async () => {
    const limited = { name: 'c', resources: { limits: { memory: '3Mi' } } };
    expect(bytes((await world.make(memory(), { containers: [limited, limited] })).path)).to.equal(
      6 * 1024 * 1024,
    );
    await world.volumes.remove();
    expect(bytes((await world.make(memory(), { containers: [limited, { name: 'd' }] })).path)).to.equal(
      64 * 1024 * 1024,
    );
  });

  it('leave nothing of what is mounted behind, and remove nothing from it', async () => {
    const { path } = await world.make(memory());
    const elsewhere = join(world.folder, 'server');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'precious'), '');
    mkdirSync(join(path, 'inner'));
    await world.mounts.mount({ type: 'bind', source: elsewhere, target: join(path, 'inner') });
    await world.volumes.remove();
    expect(await world.mounted()).to.deep.equal([]);
    expect(readdirSync(elsewhere)).to.deep.equal(['precious']);
  });

  it('are found behind a link, too', async () => {
    const link = `${world.folder}-link`;
    symlinkSync(world.folder, link);
    const point = join(world.folder, 'point');
    mkdirSync(point);
    await world.mounts.mount({ type: 'tmpfs', source: 'tmpfs', target: join(link, 'point') });
    expect(await world.mounts.isMounted(join(link, 'point'))).to.equal(true);
    await world.mounts.remove(join(link, 'point'));
    expect(await world.mounted()).to.deep.equal([]);
    unlinkSync(link);
  });

  it('are given back when the pod has ended, before it is removed', async () => {
    const { path } = await world.make(memory());
    await world.volumes.release();
    expect(await world.mounted()).to.deep.equal([]);
    expect(existsSync(path)).to.equal(false);
  });

  it('of a server that is not there say so', async () => {
    const nfs = { server: '127.0.0.1', path: '/nowhere' };
    world.hub.putClaim('data', {
      metadata: { name: 'pv' },
      spec: { nfs, mountOptions: ['soft', 'retry=0'] },
    });
    const failure = await world
      .make({ persistentVolumeClaim: { claimName: 'data' } })
      .catch((error) => error);
    expect(failure.message).to.match(/^MountVolume.SetUp failed for volume "pv" : mount failed: \S/);
    expect(await world.mounted()).to.deep.equal([]);
  });
});

describe('an agent that may not mount', () => {
  class NoMounts extends Mounts {
    override readonly allowed = false;
  }
  let world: VolumeWorld;
  beforeEach(() => {
    world = new VolumeWorld(new NoMounts());
  });
  afterEach(() => world.end());

  const failure = async (volume: Volume) => (await world.make(volume).catch((error) => error)).message;

  it('says which volumes need it, and what to do', async () => {
    const prefix = 'MountVolume.SetUp failed for volume "v" : ';
    expect(await failure({ emptyDir: { medium: 'Memory' } })).to.equal(
      `${prefix}emptyDir.medium: Memory needs an agent that runs as root: run the agent as root, or leave emptyDir.medium out`,
    );
    expect(await failure({ nfs: { server: 's', path: '/p' } })).to.equal(
      `${prefix}nfs needs an agent that runs as root: run the agent as root`,
    );
  });

  it('shows a part of a volume where it is', async () => {
    const place = await world.make({ emptyDir: {} });
    expect(await world.volumes.subPath(place, 'a/b', 'c', 0)).to.equal(join(place.path, 'a/b'));
  });
});

describe('an emptyDir with a limit', () => {
  const noContainers = async () => new Map();
  let world: VolumeWorld;
  beforeEach(() => {
    world = new VolumeWorld();
  });
  afterEach(() => world.end());

  it('is looked at now and then, and the pod evicted in upstream’s words', async () => {
    const volume = { emptyDir: { sizeLimit: '1Mi' } };
    const { path } = await world.make(volume);
    const { pod } = world.facts(volume);
    expect(world.volumes.untilLook(pod)).to.equal(0);
    writeFileSync(join(path, 'a'), Buffer.alloc(900 * 1024, 1));
    expect(await world.volumes.overfull(pod, noContainers)).to.equal(undefined);
    expect(world.volumes.untilLook(pod)).to.be.within(9_000, 10_000);
    mkdirSync(join(path, 'deep'));
    writeFileSync(join(path, 'deep/b'), Buffer.alloc(300 * 1024, 1));
    expect(await world.volumes.overfull(pod, noContainers)).to.equal(
      'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ',
    );
  });

  it('costs nothing where no volume has one', () => {
    expect(world.volumes.untilLook(world.facts({ emptyDir: {} }).pod)).to.equal(undefined);
    expect(world.volumes.untilLook(world.facts({ hostPath: { path: '/' } }).pod)).to.equal(undefined);
  });
});

describe('a volume with an fsGroup', () => {
  let world: VolumeWorld;
  beforeEach(function () {
    if (!isRoot) this.skip();
    world = new VolumeWorld();
    world.hub.putConfigMap('cm', { 'a.txt': 'one' });
  });
  afterEach(() => world?.end());

  const spec = (policy?: string) => ({
    securityContext: { fsGroup: 2000, ...(policy && { fsGroupChangePolicy: policy }) },
  });
  const shown = (path: string) => {
    const { gid, mode } = statSync(path);
    return [gid, (mode & 0o7777).toString(8)];
  };

  it('is the group’s, as the recorded kubelet does it', async () => {
    const empty = await world.make({ emptyDir: {} }, spec());
    expect(shown(empty.path)).to.deep.equal([2000, '2777']);
    const files = await world.make({ configMap: { name: 'cm' } }, spec());
    expect(shown(files.path)).to.deep.equal([2000, '2777']);
    expect(shown(join(files.path, '..data/'))).to.deep.equal([2000, '2755']);
    expect(shown(join(files.path, 'a.txt'))).to.deep.equal([2000, '644']);
  });

  it('is given to it once: what the pod changes stays', async () => {
    const { path } = await world.make({ emptyDir: {} }, spec());
    writeFileSync(join(path, 'x'), '', { mode: 0o600 });
    chownSync(join(path, 'x'), 0, 7);
    world.restart();
    await world.make({ emptyDir: {} }, spec());
    expect(shown(join(path, 'x'))).to.deep.equal([7, '600']);
  });

  it('of a claim is changed in its depth, but for what is right already with OnRootMismatch', async () => {
    const path = join(world.folder, 'disk');
    mkdirSync(path);
    writeFileSync(join(path, 'x'), '', { mode: 0o600 });
    writeFileSync(join(world.folder, 'outside'), '', { mode: 0o600 });
    symlinkSync(join(world.folder, 'outside'), join(path, 'link'));
    world.hub.putClaim('data', { metadata: { name: 'pv' }, spec: { local: { path } } });
    const claim = { persistentVolumeClaim: { claimName: 'data' } };
    chownSync(path, 0, 2000);
    chmodSync(path, 0o2770);
    await world.make(claim, spec('OnRootMismatch'));
    expect(shown(join(path, 'x'))).to.deep.equal([0, '600']);
    await world.volumes.remove();
    await world.make(claim, spec());
    expect(shown(join(path, 'x'))).to.deep.equal([2000, '660']);
    expect(shown(join(world.folder, 'outside'))).to.deep.equal([0, '600']);
  });
});
