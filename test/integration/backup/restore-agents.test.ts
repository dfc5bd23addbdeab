// What a restore means to boards: they take up the restored cluster by themselves, and what goes on runs on.

import { join } from 'node:path';
import { expect } from 'chai';
import { eventually, processesNaming, TestCluster } from '../../support/cluster.ts';
import { HttpsJson, type Json } from '../../support/https-json.ts';

const pods = '/api/v1/namespaces/default/pods';
const podOf = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    nodeName: 'pi-1',
    runtimeClassName: 'process',
    terminationGracePeriodSeconds: 1,
    containers: [
      { name: 'sleep', image: 'host', command: ['sleep', '100000'], envFrom: [{ secretRef: { name: 's' } }] },
    ],
  },
});

describe('a restore under running boards', function () {
  this.timeout(120_000);
  const cluster = new TestCluster();
  const backup = join(cluster.directory, 'cluster.backup');
  let api: HttpsJson;

  before(async () => {
    await cluster.startHub();
    await cluster.startAgent('pi-1');
    api = new HttpsJson(cluster.server, cluster.kubeconfig);
    const data = { VALUE: Buffer.from('of the backup').toString('base64') };
    await api.must('POST', '/api/v1/namespaces/default/secrets', {
      body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data },
    });
  });
  after(async () => {
    api?.close();
    await cluster.close();
    expect(processesNaming(cluster.directory)).to.deep.equal([]);
  });

  /** The container of a pod that runs. */
  const running = (name: string): Promise<{ id: string; restarts: number; uid: string }> =>
    eventually(
      `${name} runs`,
      async () => {
        const { metadata, status }: Json = await api.must('GET', `${pods}/${name}`);
        const [container] = status.containerStatuses ?? [];
        if (status.phase !== 'Running' || !container?.state?.running) return undefined;
        const id = container.containerID.replace('process://', '');
        return processesNaming(`KELP_CONTAINER_ID=${id}`).length > 0
          ? { id, restarts: container.restartCount, uid: metadata.uid }
          : undefined;
      },
      40_000,
    );
  const gone = (id: string) =>
    eventually(
      `${id} is gone`,
      () => (processesNaming(`KELP_CONTAINER_ID=${id}`).length === 0 ? true : undefined),
      40_000,
    );

  it('brings back what was there, ends what came later, and leaves alone what is in both', async () => {
    for (const name of ['kept', 'older']) await api.must('POST', pods, { body: podOf(name) });
    const kept = await running('kept');
    const older = await running('older');
    const saved = await cluster.kelp('backup', backup);
    expect(saved.code, saved.stderr).to.equal(0);

    await api.must('DELETE', `${pods}/older`);
    await gone(older.id);
    await api.must('POST', pods, { body: podOf('younger') });
    const younger = await running('younger');
    const { metadata: newest } = await api.must('GET', '/api/v1/namespaces/default/pods');

    api.close();
    await cluster.hub.stop();
    const restored = await cluster.kelp('restore', backup, '--data-dir', cluster.hubDirectory, '--force');
    expect(restored.code, restored.stderr).to.equal(0);
    // The board does not mind meanwhile.
    expect(processesNaming(`KELP_CONTAINER_ID=${younger.id}`)).not.to.be.empty;
    await cluster.startHub();
    api = new HttpsJson(cluster.server, cluster.kubeconfig);

    await gone(younger.id);
    const again = await running('older');
    expect(again.uid).to.equal(older.uid);
    expect(await running('kept')).to.deep.equal(kept);
    expect((await api.ask('GET', `${pods}/younger`)).code).to.equal(404);
    const { metadata } = await api.must('GET', '/api/v1/namespaces/default/pods');
    expect(Number(metadata.resourceVersion)).to.be.greaterThan(Number(newest.resourceVersion));
    const watch = await api.ask('GET', `${pods}?watch=1&resourceVersion=${newest.resourceVersion}`);
    expect([watch.body.type, watch.body.object.code, watch.body.object.reason]).to.deep.equal([
      'ERROR',
      410,
      'Expired',
    ]);
  });
});
