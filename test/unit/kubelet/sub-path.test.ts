// Parts of volumes: what a container sees is in the volume, whatever somebody has linked where.

import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { VolumeFault, type VolumePlace } from '../../../edge-agent/kubelet/volumes/volume-type.ts';
import { isRoot, VolumeWorld } from '../../support/volume-world.ts';

describe('a subPath', () => {
  let world: VolumeWorld;
  let place: VolumePlace;

  beforeEach(async () => {
    world = new VolumeWorld();
    place = await world.make({ emptyDir: {} });
    writeFileSync(join(world.folder, 'secret'), 'not yours');
    mkdirSync(join(place.path, 'in/side'), { recursive: true });
    writeFileSync(join(place.path, 'in/side/file'), 'mine');
    symlinkSync('in/side', join(place.path, 'link'));
    symlinkSync(world.folder, join(place.path, 'out'));
    symlinkSync('../../../../secret', join(place.path, 'up'));
    symlinkSync('/etc/passwd', join(place.path, 'passwd'));
  });
  afterEach(() => world.end());

  const part = (subPath: string, index = 0) => world.volumes.subPath(place, subPath, 'c', index);

  it('is a folder or a file of the volume, also through a link within it', async () => {
    expect(readFileSync(join(await part('in/side'), 'file'), 'utf8')).to.equal('mine');
    expect(readFileSync(await part('in/side/file', 1), 'utf8')).to.equal('mine');
    expect(readFileSync(join(await part('link', 2), 'file'), 'utf8')).to.equal('mine');
    expect(readFileSync(join(await part('./in//side/', 3), 'file'), 'utf8')).to.equal('mine');
  });

  it('is made as a folder that the users of the volume may write to', async () => {
    const path = await part('new/one');
    expect(statSync(path).mode & 0o777).to.equal(0o777);
    expect(existsSync(join(place.path, 'new/one'))).to.equal(true);
  });

  for (const subPath of ['out', 'out/secret', 'up', 'passwd', '../x', 'in/../../x', '/etc']) {
    it(`does not lead out of it: ${subPath}`, async () => {
      const failure = await part(subPath).catch((error) => error);
      expect(failure.message).to.equal(`subPath: ${subPath}: must stay within the volume`);
      expect(await world.mounted()).to.deep.equal([]);
    });
  }

  const faults = [
    ['dangling/x', 'a link in it leads to what is not there'],
    ['in/side/file/x', 'a part of it is a file'],
    ['round', 'links in it lead to each other'],
  ] as const;
  for (const [subPath, why] of faults) {
    it(`says why it cannot be made, and nothing of the board: ${subPath}`, async () => {
      symlinkSync('nowhere', join(place.path, 'dangling'));
      symlinkSync('round', join(place.path, 'round'));
      const failure = await part(subPath).catch((error) => error);
      expect(failure).to.be.instanceOf(VolumeFault);
      expect(failure.message).to.equal(`subPath: ${subPath}: ${why}`);
    });
  }

  it('is what was looked at, whatever is put in its place since', async function () {
    if (!isRoot) this.skip();
    const path = await part('in/side');
    rmSync(join(place.path, 'in'), { recursive: true });
    symlinkSync('/etc', join(place.path, 'in'));
    expect(existsSync(join(path, 'passwd'))).to.equal(false);
    expect(path).to.not.match(/emptyDir/);
  });

  it('is mounted once, however often its container starts, and unmounted with the pod', async function () {
    if (!isRoot) this.skip();
    for (let attempt = 0; attempt < 3; attempt += 1) await part('in/side');
    await part('in/side/file', 1);
    expect(await world.mounted()).to.have.length(2);
    await world.volumes.remove();
    expect(await world.mounted()).to.deep.equal([]);
  });
});
