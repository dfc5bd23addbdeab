// Secrets at rest, with a real hub: nothing of them in any file, keys changed online, and no start without the key.

import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { kelpProgram, RunningProgram, TestCluster } from '../../support/cluster.ts';
import { HttpsJson } from '../../support/https-json.ts';

const secrets = '/api/v1/namespaces/default/secrets';
const password = 'correct-horse-battery-staple';
const secretOf = (name: string, value = password) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, annotations: { note: `${value}-annotated` } },
  data: { value: Buffer.from(value).toString('base64') },
});

describe('encryption at rest', function () {
  this.timeout(120_000);
  const cluster = new TestCluster();
  const keyFile = join(cluster.hubDirectory, 'encryption.keys');
  let api: HttpsJson;

  before(() => startHub());
  after(async () => {
    api?.close();
    await cluster.close();
  });

  async function startHub(...args: string[]): Promise<void> {
    await cluster.startHub({ args });
    api = new HttpsJson(cluster.server, cluster.kubeconfig);
  }

  async function stopHub(): Promise<void> {
    api.close();
    await cluster.hub.stop();
  }

  /** Every byte of the store's files. */
  function bytes(): string {
    const store = join(cluster.hubDirectory, 'store');
    return readdirSync(store)
      .map((name) => readFileSync(join(store, name), 'latin1'))
      .join('');
  }

  const forms = (value: string) => {
    // Base64 of the text at each of the three places where it can begin.
    const shifted = [0, 1, 2].map((before) =>
      Buffer.from(`${' '.repeat(before)}${value}`)
        .toString('base64')
        .slice(4, -4),
    );
    return [value, encodeURIComponent(value), Buffer.from(value).toString('hex'), ...shifted];
  };

  function expectHidden(value: string): void {
    const all = bytes();
    for (const form of forms(value)) expect(all.includes(form), form).to.equal(false);
  }

  const decodedOf = async (name: string) =>
    Buffer.from((await api.must('GET', `${secrets}/${name}`)).data.value, 'base64').toString();
  const keysIn = () =>
    readFileSync(keyFile, 'utf8')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'));

  it('leaves nothing of a Secret in the files of the store, and no other file readable', async () => {
    await api.must('POST', secrets, { body: secretOf('a') });
    await api.must('PATCH', `${secrets}/a`, {
      body: { metadata: { labels: { l: `${password}-label` } } },
      contentType: 'application/merge-patch+json',
    });
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'plain' },
      data: { k: 'not-secret-at-all' },
    };
    await api.must('POST', '/api/v1/namespaces/default/configmaps', { body });
    expectHidden(password);
    expect(bytes()).to.include('not-secret-at-all');
    expect(statSync(keyFile).mode & 0o777).to.equal(0o600);
    expect(keysIn()).to.have.length(1);
    await stopHub();
    expectHidden(password);
    await startHub();
    expect(await decodedOf('a')).to.equal(password);
  });

  it('changes its key while the hub works, and needs the old one no more', async () => {
    const before = keysIn();
    const writing = (async () => {
      for (let at = 0; at < 60; at += 1)
        await api.must('POST', secrets, { body: secretOf(`w${at}`, `${password}-${at}`) });
    })();
    const { code, stdout } = await cluster.kelp('encryption', 'rotate');
    await writing;
    expect(code).to.equal(0);
    expect(stdout).to.match(/^encrypted with key [0-9a-f]{8} now\nno longer needed: [0-9a-f]{8} /);
    expect(keysIn()).to.have.length(1);
    expect(keysIn()).not.to.deep.equal(before);
    await cluster.hub.stop('SIGKILL');
    api.close();
    await startHub();
    for (let at = 0; at < 60; at += 1) expect(await decodedOf(`w${at}`)).to.equal(`${password}-${at}`);
    expect(await decodedOf('a')).to.equal(password);
    const status = await cluster.kelp('encryption', 'status');
    expect(status.stdout).to.match(/^encrypted at rest: secrets\nkeys in .*encryption.keys: [0-9a-f]{8}\n$/);
  });

  it('does not start without its key, and says which one is missing and where it belongs', async () => {
    await stopHub();
    const keys = readFileSync(keyFile, 'utf8');
    const id = /encrypted with|:([0-9a-f]{8}):/.exec(bytes())?.[1];
    const refused = async () => {
      const args = [
        'hub',
        '--data-dir',
        cluster.hubDirectory,
        '--bind',
        '127.0.0.1',
        '--https-port',
        '0',
        '--mqtt-port',
        '0',
      ];
      const hub = new RunningProgram(kelpProgram, args);
      expect(await hub.ending).to.equal(1);
      return hub.errorLines.join('\n');
    };
    rmSync(keyFile);
    expect(await refused()).to.match(
      new RegExp(`is encrypted with key ${id}, which is not in ${keyFile}: put that file back`),
    );
    // No other key has been put in its place.
    expect(() => statSync(keyFile)).to.throw('ENOENT');
    writeFileSync(keyFile, `${Buffer.alloc(32, 7).toString('base64')}\n`);
    expect(await refused()).to.match(new RegExp(`key ${id}, which is not in`));
    writeFileSync(keyFile, 'nonsense\n');
    expect(await refused()).to.match(/encryption.keys:1: must be a key of 32 bytes in base64/);
    writeFileSync(keyFile, keys, { mode: 0o600 });
    await startHub();
    expect(await decodedOf('a')).to.equal(password);
  });

  it('has its keys where an option says, also after a restore', async () => {
    const place = join(cluster.directory, 'elsewhere');
    const [first, second] = [new TestCluster(), new TestCluster()];
    try {
      await first.startHub({ args: ['--encryption-key-file', `${place}.first`] });
      const there = new HttpsJson(first.server, first.kubeconfig);
      await there.must('POST', secrets, { body: secretOf('e') });
      there.close();
      expect(statSync(`${place}.first`).mode & 0o777).to.equal(0o600);
      const file = join(cluster.directory, 'e.backup');
      expect((await first.kelp('backup', file)).code).to.equal(0);
      // Of another cluster, and needed by it: they stay.
      writeFileSync(`${place}.second`, readFileSync(keyFile));
      const flags = ['--encryption-key-file', `${place}.second`];
      const restored = await first.kelp('restore', file, '--data-dir', second.hubDirectory, ...flags);
      expect(restored.code, restored.stderr).to.equal(0);
      expect(readFileSync(`${place}.second`, 'utf8')).to.include(keysIn()[0] ?? 'a key');
      await second.startHub({ args: flags });
      const again = new HttpsJson(second.server, second.kubeconfig);
      const { data } = await again.must('GET', `${secrets}/e`);
      again.close();
      expect(Buffer.from(data.value, 'base64').toString()).to.equal(password);
      for (const { hubDirectory } of [first, second])
        expect(readdirSync(hubDirectory)).not.to.include('encryption.keys');
    } finally {
      await first.close();
      await second.close();
    }
  });

  it('brings what was in the clear into the new form, and back, when it is asked to', async () => {
    await stopHub();
    const off = join(cluster.directory, 'off.yaml');
    writeFileSync(off, 'encryptedResources: []\n');
    await startHub('--config', off);
    await api.must('POST', secrets, { body: secretOf('clear', 'in-the-clear-for-now') });
    expect(bytes()).to.include('in-the-clear-for-now');
    await cluster.kelp('encryption', 'rotate');
    expect(bytes()).to.include(Buffer.from(password).toString('base64'));
    await stopHub();
    await startHub();
    expect(await decodedOf('clear')).to.equal('in-the-clear-for-now');
    const { code } = await cluster.kelp('encryption', 'rotate');
    expect(code).to.equal(0);
    expectHidden('in-the-clear-for-now');
    expectHidden(password);
    await stopHub();
    await startHub();
    expect(await decodedOf('clear')).to.equal('in-the-clear-for-now');
  });
});
