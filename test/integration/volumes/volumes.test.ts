// Volumes with a real hub and real agents: data that outlives its pods, its agent and its hub, and nothing that is left.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  type ConfigMap,
  configmaps,
  events,
  type PersistentVolumeClaim,
  type Pod,
  type PodSpec,
  persistentvolumeclaims,
  persistentvolumes,
  pods,
} from '../../../shared/api/index.ts';
import { HttpTransport } from '../../../shared/client/http/index.ts';
import { type Client, createClient } from '../../../shared/client/index.ts';
import { ApiError, type Live } from '../../../shared/machinery/index.ts';
import { eventually, processesNaming, root, TestCluster } from '../../support/cluster.ts';
import { isRoot } from '../../support/volume-world.ts';

const places = `kelp-test-${process.pid}-`;
/** Where a pod has a volume. Nodes that share a board don't know of each other's folders: no two pods have one in common. */
const placeOf = (pod: string, volume: string) => `/${places}${pod}/${volume}`;

describe('volumes of a cluster', function () {
  this.timeout(120_000);
  const cluster = new TestCluster();
  let transport: HttpTransport;
  let client: Client;

  before(async function () {
    if (!isRoot) {
      console.log('      needs root: volumes are mounted');
      return this.skip();
    }
    await cluster.startHub();
    await Promise.all(['pi-1', 'pi-2'].map((name) => cluster.startAgent(name)));
    transport = new HttpTransport({ server: cluster.server, ca: cluster.ca, token: cluster.adminToken });
    client = createClient(transport);
  });

  after(async () => {
    transport?.close();
    await cluster.close();
    expect(processesNaming(cluster.directory)).to.deep.equal([]);
    expect(mountedIn(cluster.directory), 'what is left mounted').to.deep.equal([]);
    const left = readdirSync('/').filter((name) => name.startsWith(places));
    expect(left, 'places of mounts that are left').to.deep.equal([]);
  });

  function podOf(name: string, script: string, spec: Partial<PodSpec> = {}): Pod {
    const mounts = (spec.volumes ?? []).map((volume) => ({
      name: volume.name,
      mountPath: placeOf(name, volume.name),
    }));
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'c', image: 'host', command: ['sh', '-c', script], volumeMounts: mounts }],
        ...spec,
      },
    };
  }

  const claimOf = (name: string): PersistentVolumeClaim => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
  });

  const onClaim = (claimName: string): Partial<PodSpec> => ({
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
  });

  const key = (name: string) => ({ namespace: 'default', name });
  const podNamed = (name: string) => client.get(pods, key(name));

  async function phase(name: string, wanted: string, within = 30_000): Promise<Live<Pod>> {
    let last: Live<Pod> | undefined;
    try {
      return await eventually(
        `pod ${name} is ${wanted}`,
        async () => {
          last = await podNamed(name);
          return last.status?.phase === wanted ? last : undefined;
        },
        within,
      );
    } catch (error) {
      const all = (await client.list(events, { namespace: 'default' })).items;
      const about = all.filter(({ involvedObject }) => involvedObject.name === name);
      throw new Error(
        `${error}: ${JSON.stringify(last?.status)} ${about.map(({ message }) => message).join(' | ')}`,
      );
    }
  }

  async function gone(what: string, look: () => Promise<unknown>): Promise<void> {
    await eventually(`${what} is gone`, async () => {
      try {
        await look();
        return undefined;
      } catch (error) {
        return ApiError.is(error, 'NotFound') ? true : undefined;
      }
    });
  }

  async function remove(name: string): Promise<void> {
    await client.delete(pods, key(name));
    await gone(`pod ${name}`, () => podNamed(name));
  }

  const logOf = async (name: string) => (await cluster.kelp('logs', name)).stdout;
  /** Of the pods on all nodes, as the mount table has it. */
  const mounted = () => mountedIn(cluster.directory);

  it('keep data of a claim when its pod is deleted, and its node when the next one comes', async () => {
    await client.create(persistentvolumeclaims, claimOf('data'));
    await client.create(
      pods,
      podOf('writer', `echo kept > ${placeOf('writer', 'data')}/file; sleep 1000`, onClaim('data')),
    );
    const writer = await phase('writer', 'Running');
    expect(writer.metadata.annotations).to.include({ 'kelp.dev/pinned': 'true' });
    const claim = await client.get(persistentvolumeclaims, key('data'));
    expect(claim.status).to.deep.include({ phase: 'Bound', capacity: { storage: '1Mi' } });
    const volume = await client.get(persistentvolumes, { name: claim.spec?.volumeName ?? '' });
    const path = volume.spec?.local?.path ?? '';
    expect(path).to.equal(
      join(cluster.agentDirectory(writer.spec?.nodeName ?? ''), 'volumes', volume.metadata.name),
    );
    await eventually('the file', () => (existsSync(join(path, 'file')) ? true : undefined));
    await remove('writer');
    await client.create(
      pods,
      podOf('reader', `cat ${placeOf('reader', 'data')}/file; sleep 1000`, onClaim('data')),
    );
    const reader = await phase('reader', 'Running');
    expect(reader.spec?.nodeName).to.equal(writer.spec?.nodeName);
    await eventually('the word', async () => ((await logOf('reader')) === 'kept\n' ? true : undefined));
  });

  it('are there again after the board was started without its hub', async () => {
    const { spec } = await podNamed('reader');
    const name = spec?.nodeName ?? '';
    await cluster.hub.stop('SIGKILL');
    await cluster.agents.get(name)?.stop('SIGKILL');
    const theirs = () => cluster.workloads(name);
    for (const pid of theirs()) process.kill(pid, 'SIGKILL');
    await eventually('they have ended', () => (theirs().length === 0 ? true : undefined));
    await cluster.startAgent(name, { wait: false });
    await eventually('they run again', () => (theirs().length > 0 ? true : undefined));
    await cluster.startHub();
    await eventually('the hub knows', async () => {
      const [status] = (await podNamed('reader')).status?.containerStatuses ?? [];
      return status?.ready && (status.restartCount ?? 0) > 0 ? true : undefined;
    });
    expect(await logOf('reader')).to.equal('kept\n');
  });

  it('are removed from the board with their claim, also when the node was away meanwhile', async () => {
    const { spec } = await podNamed('reader');
    const name = spec?.nodeName ?? '';
    const { spec: claimed } = await client.get(persistentvolumeclaims, key('data'));
    const volumeName = claimed?.volumeName ?? '';
    await client.delete(persistentvolumeclaims, key('data'));
    expect((await client.get(persistentvolumeclaims, key('data'))).metadata.deletionTimestamp).to.be.a(
      'string',
    );
    await remove('reader');
    await gone('the claim', () => client.get(persistentvolumeclaims, key('data')));
    await gone('the volume', () => client.get(persistentvolumes, { name: volumeName }));
    expect(readdirSync(join(cluster.agentDirectory(name), 'volumes'))).to.deep.equal([]);

    await client.create(persistentvolumeclaims, claimOf('late'));
    await client.create(pods, podOf('late', 'sleep 1000', onClaim('late')));
    const late = (await phase('late', 'Running')).spec?.nodeName ?? '';
    const folder = join(cluster.agentDirectory(late), 'volumes');
    expect(readdirSync(folder)).to.have.length(1);
    await remove('late');
    await cluster.agents.get(late)?.stop();
    await client.delete(persistentvolumeclaims, key('late'));
    await gone('the claim', () => client.get(persistentvolumeclaims, key('late')));
    expect((await client.list(persistentvolumes)).items).to.have.length(1);
    expect(readdirSync(folder)).to.have.length(1);
    await cluster.startAgent(late);
    await eventually('no volume', async () =>
      (await client.list(persistentvolumes)).items.length === 0 ? true : undefined,
    );
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('are each on the node of its pod', async () => {
    const names = ['one', 'two'];
    for (const [turn, name] of names.entries()) {
      await client.create(persistentvolumeclaims, claimOf(name));
      const nodeSelector = { 'kubernetes.io/hostname': `pi-${turn + 1}` };
      const script = `echo ${name} > ${placeOf(name, 'data')}/who; sleep 1000`;
      await client.create(pods, podOf(name, script, { ...onClaim(name), nodeSelector }));
    }
    for (const name of names) await phase(name, 'Running');
    for (const [turn, name] of names.entries()) {
      const folder = join(cluster.agentDirectory(`pi-${turn + 1}`), 'volumes');
      const who = await eventually('the file', () => {
        const [volume = ''] = readdirSync(folder);
        return readFileSync(join(folder, volume, 'who'), 'utf8');
      });
      expect(who).to.equal(`${name}\n`);
    }
    for (const name of names) {
      await remove(name);
      await client.delete(persistentvolumeclaims, key(name));
    }
  });

  it('in memory are as large as they say, and gone with their pod, though its agent was killed meanwhile', async () => {
    const volumes = [{ name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '2Mi' } }];
    const script = `df -P -k ${placeOf('memory', 'memory')} | tail -1 | tr -s " " | cut -d" " -f1,2; sleep 1000`;
    await client.create(pods, podOf('memory', script, { volumes }));
    const name = (await phase('memory', 'Running')).spec?.nodeName ?? '';
    await eventually('its size', async () => ((await logOf('memory')) === 'tmpfs 2048\n' ? true : undefined));
    expect(mounted(), 'it, and the token').to.have.length(2);
    await cluster.agents.get(name)?.stop('SIGKILL');
    await client.delete(pods, key('memory'));
    await cluster.startAgent(name);
    await gone('the pod', () => podNamed('memory'));
    await eventually('nothing mounted', () => (mounted().length === 0 ? true : undefined));
  });

  it('that are fuller than they may be end their pod', async () => {
    const volumes = [{ name: 'small', emptyDir: { sizeLimit: '1Mi' } }];
    const script = `head -c 3000000 /dev/zero > ${placeOf('full', 'small')}/x; sleep 1000`;
    await client.create(pods, podOf('full', script, { volumes }));
    const { status } = await phase('full', 'Failed');
    expect(status).to.include({
      reason: 'Evicted',
      message: 'Usage of EmptyDir volume "small" exceeds the limit "1Mi". ',
    });
    await remove('full');
  });

  it('and logs count for the limit of a container', async () => {
    const limited = (name: string, limit: string, script: string) => ({
      ...{ name, image: 'host', command: ['sh', '-c', script] },
      resources: { limits: { 'ephemeral-storage': limit } },
    });
    const script = 'while :; do head -c 50000 /dev/zero | tr "\\0" x; echo; sleep 0.01; done';
    const containers = [limited('wordy', '1Mi', script), limited('quiet', '100Mi', 'exec sleep 1000')];
    await client.create(pods, podOf('wordy', '', { containers }));
    const { status } = await phase('wordy', 'Failed');
    expect(status).to.include({
      reason: 'Evicted',
      message: 'Container wordy exceeded its local ephemeral storage limit "1Mi". ',
    });
    await remove('wordy');
  });

  it('show a changed ConfigMap as a whole to a container that runs', async () => {
    const shown = (text: string): ConfigMap => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'shown', namespace: 'default' },
      data: { a: text, b: text },
    });
    await client.create(configmaps, shown('1'));
    // Through the link, as an application does: what it leads to is whole.
    const look = 'd=$(readlink -f ..data) && now="$(cat $d/a)$(cat $d/b)"';
    const script = `cd ${placeOf('shown', 'shown')}; while sleep 0.05; do ${look} && [ "$now" != "$seen" ] && echo $now; seen=$now; done 2>/dev/null`;
    await client.create(
      pods,
      podOf('shown', script, { volumes: [{ name: 'shown', configMap: { name: 'shown' } }] }),
    );
    await phase('shown', 'Running');
    for (const text of ['2', '3', '4']) {
      await client.patch(configmaps, key('shown'), 'application/merge-patch+json', shown(text));
      await eventually(`it shows ${text}`, async () =>
        (await logOf('shown')).includes(`${text}${text}`) ? true : undefined,
      );
    }
    const seen = (await logOf('shown')).split('\n').filter((line) => line !== '');
    expect(seen.filter((line) => !['11', '22', '33', '44'].includes(line))).to.deep.equal([]);
    await remove('shown');
  });

  it('hold a token that the hub believes, for this pod alone', async () => {
    const sources = [{ serviceAccountToken: { path: 'token', expirationSeconds: 600, audience: 'test' } }];
    const volumes = [{ name: 'token', projected: { sources } }];
    await client.create(
      pods,
      podOf('token', `cat ${placeOf('token', 'token')}/token; echo; sleep 1000`, { volumes }),
    );
    const { metadata } = await phase('token', 'Running');
    const token = await eventually('the token', async () => (await logOf('token')) || undefined);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims.aud).to.deep.equal(['test']);
    expect(claims.exp - claims.iat).to.equal(600);
    expect(claims['kubernetes.io'].pod).to.deep.equal({ name: 'token', uid: metadata.uid });
    await remove('token');
    const path = '/var/run/secrets/kubernetes.io/serviceaccount';
    await client.create(
      pods,
      podOf('account', `cat ${path}/namespace; echo; wc -l < ${path}/ca.crt; sleep 1000`),
    );
    const { spec } = await phase('account', 'Running');
    expect(spec?.volumes?.map(({ name }) => name.replace(/.{5}$/, 'RAND5'))).to.deep.equal([
      'kube-api-access-RAND5',
    ]);
    const lines = cluster.ca.split('\n').length - 1;
    await eventually('its words', async () =>
      (await logOf('account')) === `default\n${lines}\n` ? true : undefined,
    );
    await remove('account');
  });

  it('of the example count on, from one pod to the next', async () => {
    const applied = await cluster.kelp('apply', '-f', join(root, 'config/examples/claim.yaml'));
    expect(applied.code, applied.stderr).to.equal(0);
    const started = (times: number) =>
      eventually(`it started ${times} times`, async () => {
        const { stdout } = await cluster.kelp('logs', 'deploy/counter');
        return stdout.includes(`started ${times} times`) ? true : undefined;
      });
    await started(1);
    await cluster.kelp('rollout', 'restart', 'deploy/counter');
    await started(2);
    const { code } = await cluster.kelp('delete', '-f', join(root, 'config/examples/claim.yaml'));
    expect(code).to.equal(0);
    await eventually('no volume', async () =>
      (await client.list(persistentvolumes)).items.length === 0 ? true : undefined,
    );
  });

  it('say why they cannot be made', async () => {
    const csi = { driver: 'a.b', volumeHandle: 'x' };
    const capacity = { storage: '1Mi' };
    const spec = { capacity, accessModes: ['ReadWriteOnce'], csi, claimRef: key('foreign') };
    await client.create(persistentvolumes, {
      ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'foreign' } },
      spec: { ...spec, storageClassName: '' },
    });
    const claim = claimOf('foreign');
    await client.create(persistentvolumeclaims, {
      ...claim,
      spec: { ...claim.spec, storageClassName: '', volumeName: 'foreign' },
    });
    await client.create(pods, podOf('foreign', 'sleep 1000', onClaim('foreign')));
    const message = await eventually('the event', async () => {
      const all = (await client.list(events, { namespace: 'default' })).items;
      return all.find(
        ({ involvedObject, reason }) => involvedObject.name === 'foreign' && reason === 'FailedMount',
      )?.message;
    });
    expect(message).to.equal(
      'MountVolume.SetUp failed for volume "foreign" : driver name a.b not found in the list of registered CSI drivers: this node runs none',
    );
    await remove('foreign');
    await client.delete(persistentvolumeclaims, key('foreign'));
  });
});

/** Mount points of this process's view of the board. */
function mountedIn(folder: string): string[] {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  return points.filter((point) => point.startsWith(`${folder}/`));
}
