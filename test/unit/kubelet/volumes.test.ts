// Volumes on the board: what they show, with which modes, and how they change.

import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { noNetwork } from '../../../edge-agent/kubelet/network/node-network.ts';
import { Mounts } from '../../../edge-agent/kubelet/volumes/mounts.ts';
import { PodVolumes } from '../../../edge-agent/kubelet/volumes/pod-volumes.ts';
import type { PodSpec } from '../../../shared/api/index.ts';
import { createLog } from '../../../shared/base/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { MemoryDesiredState, podOf } from '../../support/memory-desired-state.ts';

type Volume = NonNullable<PodSpec['volumes']>[number];

describe('the volumes of a pod', () => {
  const clock = new FakeClock('2026-01-01T00:00:00Z');
  let folder: string;
  let hub: MemoryDesiredState;
  let volumes: PodVolumes;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kelp-volumes-'));
    hub = new MemoryDesiredState();
    hub.putConfigMap('cm', { 'a.txt': 'one', 'b.txt': 'two' });
    hub.putSecret('sec', { user: 'root' });
    volumes = newVolumes();
  });
  afterEach(async () => {
    await volumes.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const newVolumes = () =>
    new PodVolumes({
      directory: join(folder, 'pod'),
      ...{ desired: hub, tokenRequests: hub, mounts: new Mounts(), clock },
      localVolumes: join(folder, 'volumes'),
      log: createLog('test', 'silent'),
    });
  const context = (volume: Omit<Volume, 'name'>, labels: Record<string, string> = { app: 'demo' }) => ({
    pod: podOf({ containers: [], volumes: [{ name: 'v', ...volume }] }, { labels }),
    ...{ nodeName: 'node1', hostIps: [], podIps: [], network: noNetwork },
    allocatable: { cpuMillis: 1000, memoryBytes: 2 ** 26, storageBytes: 5000 },
  });
  const make = async (volume: Omit<Volume, 'name'>) =>
    (await volumes.make(context(volume))).get('v')?.path ?? '';
  const shown = (path: string) =>
    readdirSync(path)
      .filter((name) => !name.startsWith('..'))
      .sort();

  it('show a ConfigMap through one link that can be swapped', async () => {
    const path = await make({ configMap: { name: 'cm' } });
    expect(shown(path)).to.deep.equal(['a.txt', 'b.txt']);
    expect(readFileSync(join(path, 'a.txt'), 'utf8')).to.equal('one');
    expect(readlinkSync(join(path, 'a.txt'))).to.equal('..data/a.txt');
    expect(readlinkSync(join(path, '..data'))).to.match(/^\.\.2026_01_01_00_00_00\.\d+$/);
    expect(statSync(join(path, 'a.txt')).mode & 0o777).to.equal(0o644);
  });

  it('follow a change, and only a change', async () => {
    const path = await make({ configMap: { name: 'cm' } });
    const before = readlinkSync(join(path, '..data'));
    await volumes.refresh(context({ configMap: { name: 'cm' } }));
    expect(readlinkSync(join(path, '..data'))).to.equal(before);
    hub.putConfigMap('cm', { 'a.txt': 'ONE', 'c.txt': 'three' });
    await volumes.refresh(context({ configMap: { name: 'cm' } }));
    expect(shown(path)).to.deep.equal(['a.txt', 'c.txt']);
    expect(readFileSync(join(path, 'a.txt'), 'utf8')).to.equal('ONE');
    expect(existsSync(join(path, before)), 'the old folder').to.equal(false);
  });

  it('stay as they are when what they show is gone', async () => {
    const path = await make({ configMap: { name: 'cm', items: [{ key: 'b.txt', path: 'x' }] } });
    hub.putConfigMap('cm', { 'a.txt': 'ONE' });
    const refresh = volumes.refresh(
      context({ configMap: { name: 'cm', items: [{ key: 'b.txt', path: 'x' }] } }),
    );
    const failure = await refresh.catch((error) => error);
    expect(failure.message).to.equal(
      'MountVolume.SetUp failed for volume "v" : configmap references non-existent config key: b.txt',
    );
    expect(readFileSync(join(path, 'x'), 'utf8')).to.equal('two');
  });

  it('take items with paths and modes', async () => {
    const items = [{ key: 'a.txt', path: 'd/e/x.txt', mode: 0o400 }];
    const path = await make({ configMap: { name: 'cm', items, defaultMode: 0o440 } });
    expect(shown(path)).to.deep.equal(['d']);
    expect(statSync(join(path, 'd/e/x.txt')).mode & 0o777).to.equal(0o400);
  });

  it('show a Secret as bytes', async () => {
    const path = await make({ secret: { secretName: 'sec', defaultMode: 0o400 } });
    expect(readFileSync(join(path, 'user'), 'utf8')).to.equal('root');
    expect(statSync(join(path, 'user')).mode & 0o777).to.equal(0o400);
  });

  it('show fields of the pod', async () => {
    const items = [
      { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
      { path: 'name', fieldRef: { fieldPath: 'metadata.name' } },
    ];
    const path = await make({ downwardAPI: { items } });
    expect(readFileSync(join(path, 'labels'), 'utf8')).to.equal('app="demo"');
    await volumes.refresh(context({ downwardAPI: { items } }, { app: 'demo2', tier: 'x' }));
    expect(readFileSync(join(path, 'labels'), 'utf8')).to.equal('app="demo2"\ntier="x"');
  });

  it('show every resource in units of any divisor, rounded up', async () => {
    const resources = {
      limits: { cpu: '1250m', memory: '64Mi', 'ephemeral-storage': '3G', 'hugepages-2Mi': '6Mi' },
      requests: { cpu: '100m', memory: '1' },
    };
    const containers = [
      { name: 'some', resources },
      { name: 'none', resources: { limits: { memory: '0' } } },
    ];
    const cases: [string, string, string | undefined, string][] = [
      ['some', 'limits.cpu', '1m', '1250'],
      ['some', 'limits.cpu', '1', '2'],
      ['some', 'limits.cpu', undefined, '2'],
      ['some', 'requests.cpu', '0', '1'],
      ['some', 'limits.memory', '1', '67108864'],
      ['some', 'limits.memory', '1k', '67109'],
      ['some', 'limits.memory', '1Ki', '65536'],
      ['some', 'limits.memory', '1M', '68'],
      ['some', 'limits.memory', '1Mi', '64'],
      ['some', 'limits.memory', '1Gi', '1'],
      ['some', 'requests.memory', '1Mi', '1'],
      ['some', 'limits.ephemeral-storage', '1Mi', '2862'],
      ['some', 'requests.ephemeral-storage', '1', '0'],
      ['some', 'limits.hugepages-2Mi', '1Mi', '6'],
      ['some', 'requests.hugepages-2Mi', '1Mi', '0'],
      ['none', 'limits.cpu', '1m', '1000'],
      ['none', 'limits.memory', '1', '67108864'],
      ['none', 'limits.ephemeral-storage', '1k', '5'],
      ['none', 'requests.cpu', '1m', '0'],
    ];
    const items = cases.map(([containerName, resource, divisor], at) => ({
      path: String(at),
      resourceFieldRef: { containerName, resource, ...(divisor !== undefined && { divisor }) },
    }));
    const facts = context({ downwardAPI: { items } });
    const pod = { ...facts.pod, spec: { ...facts.pod.spec, containers } };
    const path = (await volumes.make({ ...facts, pod })).get('v')?.path ?? '';
    for (const [at, [container, resource, divisor, text]] of cases.entries())
      expect(readFileSync(join(path, String(at)), 'utf8'), `${container} ${resource} ${divisor}`).to.equal(
        text,
      );
  });

  it('quote labels and annotations as Go does', async () => {
    const items = [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }];
    const path = (
      await volumes.make(context({ downwardAPI: { items } }, { a: 'é "x"\n\u0007\u0001\u007f\u200b😀' }))
    ).get('v')?.path;
    expect(readFileSync(join(path ?? '', 'labels'), 'utf8')).to.equal(
      'a="é \\"x\\"\\n\\a\\x01\\x7f\\u200b😀"',
    );
  });

  it('name a key of a Secret that is not there', async () => {
    const items = [{ key: 'no', path: 'x' }];
    const failure = await make({ secret: { secretName: 'sec', items } }).catch((error) => error);
    expect(failure.message).to.equal(
      'MountVolume.SetUp failed for volume "v" : references non-existent secret key: no',
    );
    expect(shown(await make({ secret: { secretName: 'sec', items, optional: true } }))).to.deep.equal([]);
  });

  it('show several sources as one', async () => {
    const sources = [
      { configMap: { name: 'cm', items: [{ key: 'a.txt', path: 'a.txt' }] } },
      { secret: { name: 'sec', items: [{ key: 'user', path: 'sec/user' }] } },
    ];
    const path = await make({ projected: { sources } });
    expect(shown(path)).to.deep.equal(['a.txt', 'sec']);
  });

  it('are empty when what is optional is not there', async () => {
    const path = await make({ configMap: { name: 'no', optional: true } });
    expect(shown(path)).to.deep.equal([]);
  });

  it('keep an emptyDir over a restart of the agent, and remove it with the pod', async () => {
    const path = await make({ emptyDir: {} });
    expect(statSync(path).mode & 0o777).to.equal(0o777);
    writeFileSync(join(path, 'kept'), '');
    await make({ emptyDir: {} });
    expect(shown(path)).to.deep.equal(['kept']);
    await volumes.remove();
    expect(existsSync(path)).to.equal(false);
  });

  it('are the path itself for a hostPath, made if its type says so', async () => {
    const path = join(folder, 'made');
    expect(await make({ hostPath: { path, type: 'DirectoryOrCreate' } })).to.equal(path);
    expect(statSync(path).isDirectory()).to.equal(true);
    expect(await make({ hostPath: { path: join(folder, 'file'), type: 'FileOrCreate' } })).to.equal(
      join(folder, 'file'),
    );
  });

  const faults: [string, Omit<Volume, 'name'>, string][] = [
    ['ConfigMap', { configMap: { name: 'cm1' } }, 'configmap "cm1" not found'],
    ['Secret', { secret: { secretName: 'sec1' } }, 'secret "sec1" not found'],
    [
      'key',
      { configMap: { name: 'cm', items: [{ key: 'nokey', path: 'f' }] } },
      'configmap references non-existent config key: nokey',
    ],
    [
      'projected',
      { projected: { sources: [{ configMap: { name: 'cm1' } }, { secret: { name: 'sec1' } }] } },
      '[configmap "cm1" not found, secret "sec1" not found]',
    ],
    [
      'hostPath',
      { hostPath: { path: '/nosuch/dir', type: 'Directory' } },
      'hostPath type check failed: /nosuch/dir is not a directory',
    ],
    ['file', { hostPath: { path: '/etc', type: 'File' } }, 'hostPath type check failed: /etc is not a file'],
    [
      'socket',
      { hostPath: { path: '/etc', type: 'Socket' } },
      'hostPath type check failed: /etc is not a socket file',
    ],
    ...(
      [
        ['DirectoryOrCreate', '/etc/hostname', 'a directory'],
        ['FileOrCreate', '/etc', 'a file'],
        ['CharDevice', '/etc', 'a character device'],
        ['BlockDevice', '/dev/null', 'a block device'],
        ['Socket', '/nosuch', 'a socket file'],
      ] as const
    ).map(([type, path, noun]): [string, Omit<Volume, 'name'>, string] => [
      `${path} as ${type}`,
      { hostPath: { path, type } },
      `hostPath type check failed: ${path} is not ${noun}`,
    ]),
    ['claim', { persistentVolumeClaim: { claimName: 'x' } }, 'persistentvolumeclaim "x" not found'],
    [
      'driver',
      { csi: { driver: 'a.b' } },
      'driver name a.b not found in the list of registered CSI drivers: this node runs none',
    ],
    ['type', { rbd: { image: 'x', monitors: [] } }, 'volumes of type rbd are not supported on this node'],
    [
      'trust bundle',
      { projected: { sources: [{ clusterTrustBundle: { path: 'x' } }] } },
      'projected source clusterTrustBundle is not supported on this node',
    ],
    [
      'huge pages',
      { emptyDir: { medium: 'HugePages' } },
      'emptyDir.medium: HugePages: not supported on this node',
    ],
  ];
  for (const [what, volume, message] of faults) {
    it(`say what is wrong: ${what}`, async () => {
      const failure = await make(volume).catch((error) => error);
      expect(failure.message).to.equal(`MountVolume.SetUp failed for volume "v" : ${message}`);
    });
  }
});
