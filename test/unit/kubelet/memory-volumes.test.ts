// Secrets, tokens and what the downward API shows lie in memory, never on the disk.

import { existsSync, readdirSync, readFileSync, readlinkSync, statfsSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Mounts } from '../../../edge-agent/kubelet/volumes/mounts.ts';
import { costOf } from '../../bench/process-cost.ts';
import { until } from '../../support/until.ts';
import { isRoot, type Volume, VolumeWorld } from '../../support/volume-world.ts';

/** Magic number of a file system's type, statfs(2). */
const tmpfs = 0x01021994;
const inMemory = (path: string) => statfsSync(path).type === tmpfs;

const secret: Volume = { secret: { secretName: 'sec' } };
const configMap: Volume = { configMap: { name: 'cm' } };
const downwardAPI: Volume = {
  downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] },
};
const token: Volume = {
  projected: { sources: [{ serviceAccountToken: { path: 'token' } }, { configMap: { name: 'cm' } }] },
};

describe('what is not for the disk', () => {
  let world: VolumeWorld;
  const fill = () => {
    world.hub.putSecret('sec', { user: 'root' });
    world.hub.putConfigMap('cm', { 'a.txt': 'one' });
  };
  beforeEach(function () {
    if (!isRoot) this.skip();
    world = new VolumeWorld();
    fill();
  });
  afterEach(() => world?.end());

  const refresh = (volume: Volume) => world.volumes.refresh(world.facts(volume));
  const mountedOnce = async (path: string) => expect(await world.mounted()).to.deep.equal([path]);

  it('is what upstream keeps in memory, with its modes', async () => {
    for (const volume of [secret, downwardAPI, token]) {
      const { path } = await world.make(volume);
      expect(inMemory(path), path).to.equal(true);
      expect((statSync(path).mode & 0o7777).toString(8)).to.equal('1777');
      await mountedOnce(path);
      const line = world.mountLine(path);
      expect(line).to.contain('nosuid,nodev').and.to.contain('size=65536k');
      await world.volumes.remove();
    }
    await world.make(configMap);
    expect(await world.mounted()).to.deep.equal([]);
  });

  it('is the group’s, too', async () => {
    const { path } = await world.make(secret, { securityContext: { fsGroup: 2000 } });
    const shown = (file: string) => {
      const { gid, mode } = statSync(file);
      return [gid, (mode & 0o7777).toString(8)];
    };
    const all = [path, join(path, '..data/'), join(path, 'user')];
    const wanted = [
      [2000, '3777'],
      [2000, '2755'],
      [2000, '644'],
    ];
    expect(all.map(shown)).to.deep.equal(wanted);
    await world.make(secret, { securityContext: { fsGroup: 2000 } });
    expect(all.map(shown)).to.deep.equal(wanted);
  });

  it('is swapped as a whole in one and the same mount, and who watches it hears of it', async () => {
    const { path } = await world.make(secret);
    const { dev } = statSync(path);
    const before = readlinkSync(join(path, '..data'));
    const heard: (string | null)[] = [];
    const watcher = watch(path, (_, name) => heard.push(name));
    try {
      world.hub.putSecret('sec', { user: 'other' });
      await refresh(secret);
      await until('the swap to be heard', () => heard.includes('..data'));
    } finally {
      watcher.close();
    }
    expect(readFileSync(join(path, 'user'), 'utf8')).to.equal('other');
    expect(readlinkSync(join(path, '..data'))).to.not.equal(before);
    expect(existsSync(join(path, before))).to.equal(false);
    expect(statSync(path).dev).to.equal(dev);
    await mountedOnce(path);
  });

  it('is found again by the next agent, also one whose last was killed before it had written anything', async () => {
    const { path } = await world.make(secret);
    const current = readlinkSync(join(path, '..data'));
    world.restart();
    await world.make(secret);
    expect(readlinkSync(join(path, '..data'))).to.equal(current);
    await mountedOnce(path);
    await world.mounts.unmount(path);
    await world.mounts.mount({ type: 'tmpfs', source: 'tmpfs', target: path });
    world.restart();
    await world.make(secret);
    expect(world.read(path, 'user')).to.equal('root');
    await mountedOnce(path);
  });

  it('is made anew after a start of the board, without a hub', async () => {
    const { path } = await world.make(token);
    await world.mounts.unmount(path);
    expect(readdirSync(path), 'nothing is below it').to.deep.equal([]);
    world.hub.tokenLifetime = undefined;
    world.restart();
    await world.make(token);
    expect(world.read(path, 'token')).to.equal('token-1');
    await mountedOnce(path);
  });

  it('goes when the pod has ended, with the parts of it that containers had', async () => {
    const place = await world.make(secret);
    await world.volumes.subPath(place, 'user', 'c', 0);
    expect(await world.mounted()).to.have.length(2);
    await world.volumes.release();
    expect(await world.mounted()).to.deep.equal([]);
    expect(existsSync(place.path)).to.equal(false);
  });

  it('costs the disk nothing when it changes', async function () {
    if (inMemory(world.folder)) this.skip();
    const write = async (volume: Volume, round: number) => {
      const before = costOf(process.pid).writtenBytes;
      world.hub.putSecret('sec', { user: `user-${round}` });
      world.hub.putConfigMap('cm', { 'a.txt': `text-${round}` });
      await refresh(volume);
      return costOf(process.pid).writtenBytes - before;
    };
    await world.make(secret);
    expect(await write(secret, 1)).to.equal(0);
    await world.make(configMap);
    expect(await write(configMap, 2), 'one that does lie on the disk').to.be.above(0);
  });

  it('stays on the disk where a pod’s containers see it there, until the pod is started again', async () => {
    await world.end();
    world = new VolumeWorld(new NoMounts());
    fill();
    const { path } = await world.make(secret);
    expect(world.read(path, 'user')).to.equal('root');
    expect(await world.mounted()).to.deep.equal([]);
    world.mayMount();
    world.hub.putSecret('sec', { user: 'other' });
    await world.make(secret);
    expect(await world.mounted()).to.deep.equal([]);
    expect(world.read(path, 'user')).to.equal('other');
    await world.volumes.takeDown();
    expect(existsSync(path)).to.equal(false);
    await world.make(secret);
    await mountedOnce(path);
  });
});

/** Of an agent that is not root. */
class NoMounts extends Mounts {
  override readonly allowed = false;
}
