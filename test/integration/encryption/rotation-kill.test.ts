// A hub that is killed while its key is changed reads every Secret afterwards, and finishes the change when it is asked again.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { TestCluster } from '../../support/cluster.ts';
import { HttpsJson, type Json } from '../../support/https-json.ts';

const rounds = process.env.KELP_NIGHTLY ? 40 : 3;
const count = 300;
const secrets = '/api/v1/namespaces/default/secrets';

describe('a change of the key that is killed', function () {
  this.timeout(600_000);
  const cluster = new TestCluster();
  let api: HttpsJson;

  before(async () => {
    await startHub();
    for (let at = 0; at < count; at += 1) {
      const data = { value: Buffer.from(`${at}`.repeat(300)).toString('base64') };
      const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: `s${at}` }, data };
      await api.must('POST', secrets, { body });
    }
  });
  after(async () => {
    api?.close();
    await cluster.close();
  });

  async function startHub(): Promise<void> {
    await cluster.startHub();
    api = new HttpsJson(cluster.server, cluster.kubeconfig);
  }

  async function expectAll(): Promise<void> {
    const { items } = await api.must('GET', secrets);
    const values = items
      .filter(({ metadata }: Json) => /^s\d+$/.test(metadata.name))
      .map(({ metadata, data }: Json) => [metadata.name, Buffer.from(data.value, 'base64').toString()]);
    const wanted = Array.from({ length: count }, (_, at) => [`s${at}`, `${at}`.repeat(300)]);
    expect(Object.fromEntries(values)).to.deep.equal(Object.fromEntries(wanted));
  }

  it(`loses no Secret, ${rounds} times`, async () => {
    const keys = () =>
      readFileSync(join(cluster.hubDirectory, 'encryption.keys'), 'utf8')
        .split('\n')
        .filter((line) => line && !line.startsWith('#'));
    for (let round = 0; round < rounds; round += 1) {
      const rotation = api.ask('POST', '/kelp/v1/encryption/rotate').catch(() => undefined); // cut off by the kill
      // From before anything is written to after everything is.
      await new Promise((resolve) => setTimeout(resolve, (round * 60) / rounds));
      await cluster.hub.stop('SIGKILL');
      await rotation;
      api.close();
      expect(keys().length).to.be.within(1, 2);
      await startHub();
      await expectAll();
    }
    const { code } = await cluster.kelp('encryption', 'rotate');
    expect(code).to.equal(0);
    expect(keys()).to.have.length(1);
    await expectAll();
    // Without a hub that knows more than the file.
    api.close();
    await cluster.hub.stop();
    await startHub();
    await expectAll();
  });
});
