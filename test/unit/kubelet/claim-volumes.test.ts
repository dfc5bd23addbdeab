// Volumes of claims on a node: what is bound is found or made, what is not this node's is left alone.

import { existsSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { LocalVolumes } from '../../../edge-agent/kubelet/volumes/local-volumes.ts';
import type { PersistentVolume } from '../../../shared/api/index.ts';
import { createLog } from '../../../shared/base/index.ts';
import { until } from '../../support/until.ts';
import { VolumeWorld } from '../../support/volume-world.ts';

const name = 'pvc-01234567-89ab-cdef-0123-456789abcdef';
const claim = { persistentVolumeClaim: { claimName: 'data' } };

function localVolume(path: string, more: PersistentVolume['metadata'] = {}): PersistentVolume {
  const annotations = { 'pv.kubernetes.io/provisioned-by': 'kelp.dev/local', 'kelp.dev/node': 'node1' };
  return { metadata: { name, annotations, ...more }, spec: { local: { path } } };
}

describe('the volume of a claim', () => {
  let world: VolumeWorld;
  beforeEach(() => {
    world = new VolumeWorld();
  });
  afterEach(() => world.end());

  const failure = async (volume: PersistentVolume, spec = {}) => {
    world.hub.putClaim('data', volume, spec);
    const error = await world.make(claim).catch((each) => each);
    return String(error.message).replace(/^MountVolume.SetUp failed for volume "(?:v|pv)" : /, '');
  };

  it('is made where it is this node’s own, and kept when the pod goes', async () => {
    const path = join(world.folder, 'volumes', name);
    world.hub.putClaim('data', localVolume(path));
    expect(await world.make(claim)).to.include({ path, readOnly: false });
    expect(statSync(path).isDirectory()).to.equal(true);
    writeFileSync(join(path, 'kept'), '');
    await world.volumes.remove();
    expect(readdirSync(path)).to.deep.equal(['kept']);
    const readOnly = await world.make({ persistentVolumeClaim: { claimName: 'data', readOnly: true } });
    expect(readOnly).to.include({ path, readOnly: true });
  });

  it('of an ephemeral volume is that of the claim that was made for the pod', async () => {
    const path = join(world.folder, 'volumes', name);
    world.hub.putClaim('p-v', localVolume(path));
    expect((await world.make({ ephemeral: {} })).path).to.equal(path);
  });

  it('is made nowhere else', async () => {
    const outside = join(world.folder, 'elsewhere', name);
    expect(await failure(localVolume(outside))).to.equal(
      `MountVolume.NewMounter initialization failed for volume "${name}" : path "${outside}" does not exist`,
    );
    expect(existsSync(outside)).to.equal(false);
    const foreign = localVolume(join(world.folder, 'volumes', name), { annotations: {} });
    expect(await failure(foreign)).to.match(/does not exist$/);
  });

  it('is named in what is said of it, once it is known', async () => {
    const unbound = await world.make(claim).catch((each) => each);
    expect(unbound.message).to.match(/^MountVolume.SetUp failed for volume "v" : persistentvolumeclaim/);
    world.hub.putClaim('data', {
      metadata: { name: 'pv' },
      spec: { hostPath: { path: '/x', type: 'File' } },
    });
    expect((await world.make(claim).catch((each) => each)).message).to.equal(
      'MountVolume.SetUp failed for volume "pv" : hostPath type check failed: /x is not a file',
    );
  });

  it('is given as what it is', async () => {
    const volume = localVolume(join(world.folder, 'volumes', name));
    const used = async (volumeMode: string, container: object) => {
      world.hub.putClaim('data', volume, { volumeMode });
      const spec = { containers: [{ name: 'c', ...container }] };
      return world.make(claim, spec).then(
        () => 'made',
        ({ message }) => message,
      );
    };
    const volumeMounts = [{ name: 'v', mountPath: '/v' }];
    const volumeDevices = [{ name: 'v', devicePath: '/dev/v' }];
    const failed = 'MountVolume.SetUp failed for volume "v" : volume v has volumeMode';
    expect(await used('Filesystem', { volumeMounts })).to.equal('made');
    expect(await used('Filesystem', { volumeDevices })).to.equal(
      `${failed} Filesystem, but is specified in volumeDevices`,
    );
    expect(await used('Block', { volumeMounts })).to.equal(
      `${failed} Block, but is specified in volumeMounts`,
    );
    expect(await used('Block', { volumeDevices })).to.contain('volumeMode: Block: not supported');
  });

  it('says what is wrong', async () => {
    const volume = (spec: PersistentVolume['spec']): PersistentVolume => ({
      metadata: { name: 'pv' },
      spec: spec ?? {},
    });
    expect(await failure(volume({ csi: { driver: 'a.b', volumeHandle: 'x' } }))).to.equal(
      'driver name a.b not found in the list of registered CSI drivers: this node runs none',
    );
    expect(await failure(volume({ iscsi: { iqn: 'i', lun: 0, targetPortal: 't' } }))).to.equal(
      'persistentvolumes of type iscsi are not supported on this node',
    );
    expect(await failure(volume({ hostPath: { path: '/nosuch', type: 'Directory' } }))).to.equal(
      'hostPath type check failed: /nosuch is not a directory',
    );
    expect(await failure(volume({ local: { path: '/x' } }), { volumeMode: 'Block' })).to.equal(
      'persistentvolumeclaim "data": volumeMode: Block: not supported on this node',
    );
    const claimRef = { namespace: 'default', name: 'data', uid: 'another' };
    expect(await failure(volume({ local: { path: '/' }, claimRef }))).to.equal(
      'persistentvolume "pv" is not bound to claim "default/data"',
    );
  });
});

describe('the folder of a volume that nobody wants any more', () => {
  let world: VolumeWorld;
  let local: LocalVolumes;
  let path: string;
  const gone = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['kelp.dev/local-volume'] };

  beforeEach(() => {
    world = new VolumeWorld();
    const { hub, mounts, folder } = world;
    path = join(folder, 'volumes', name);
    mkdirSync(join(path, 'deep'), { recursive: true });
    writeFileSync(join(path, 'deep/file'), '');
    const log = createLog('test', 'silent');
    const options = { nodeName: 'node1', folder: join(folder, 'volumes'), desired: hub, reporter: hub };
    local = new LocalVolumes({ ...options, mounts, log });
  });
  afterEach(async () => {
    await local.stop();
    await world.end();
  });

  const doomed = (at: string, more = {}): PersistentVolume => {
    const { metadata, spec } = localVolume(at, { ...gone, ...more });
    return { metadata: metadata ?? {}, spec: { ...spec, persistentVolumeReclaimPolicy: 'Delete' } };
  };

  it('is removed and reported, also when that was said while the agent was away', async () => {
    world.hub.putVolume(doomed(path));
    local.start();
    await until('the report', () => world.hub.volumesRemoved.includes(name));
    expect(existsSync(path)).to.equal(false);
  });

  it('is removed when it is said, and what was begun before is ended', async () => {
    const begun = join(world.folder, 'volumes/.removed-pvc-x');
    mkdirSync(begun);
    local.start();
    world.hub.putVolume(localVolume(path));
    world.hub.putVolume(doomed(path));
    await until('the report', () => world.hub.volumesRemoved.includes(name));
    expect(readdirSync(join(world.folder, 'volumes'))).to.deep.equal([]);
  });

  it('is reported as gone where it never was', async () => {
    world.hub.putVolume(doomed(join(world.folder, 'volumes', name)));
    local.start();
    await until('the report', () => world.hub.volumesRemoved.includes(name));
  });

  it('is left alone while it is bound, retained, another node’s, or outside', async () => {
    const precious = join(world.folder, 'precious');
    mkdirSync(precious);
    symlinkSync(precious, join(world.folder, 'volumes/link'));
    local.start();
    const cases: PersistentVolume[] = [
      doomed(path, { finalizers: ['kelp.dev/local-volume', 'kubernetes.io/pv-protection'] }),
      { ...doomed(path), spec: { local: { path }, persistentVolumeReclaimPolicy: 'Retain' } },
      doomed(path, {
        annotations: { 'pv.kubernetes.io/provisioned-by': 'kelp.dev/local', 'kelp.dev/node': 'b' },
      }),
      doomed(precious),
      doomed(join(world.folder, 'volumes/../precious')),
      doomed(`${join(world.folder, 'volumes')}/${name}/deep`),
      doomed(join(world.folder, 'volumes/link'), { name: 'link' }),
    ];
    for (const each of cases) world.hub.putVolume(each);
    await local.stop();
    expect(world.hub.volumesRemoved).to.deep.equal([]);
    expect(statSync(join(path, 'deep/file')).isFile()).to.equal(true);
    expect(lstatSync(precious).isDirectory()).to.equal(true);
  });
});
