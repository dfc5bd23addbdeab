// Backups of a real hub, taken while it works, and what becomes of them on another machine.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually, kelpProgram, run, TestCluster } from '../../support/cluster.ts';
import { HttpsJson, type Json } from '../../support/https-json.ts';
import { scrape } from '../../support/scrape.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const secrets = '/api/v1/namespaces/default/secrets';

describe('a backup of a running hub', function () {
  this.timeout(120_000);
  const cluster = new TestCluster();
  const file = join(cluster.directory, 'cluster.backup');
  const sealed = join(cluster.directory, 'sealed.backup');
  const passphraseFile = join(cluster.directory, 'passphrase');
  let api: HttpsJson;

  before(async () => {
    await cluster.startHub();
    api = new HttpsJson(cluster.server, cluster.kubeconfig);
    writeFileSync(passphraseFile, 'sesame\n');
    const data = { value: Buffer.from('open it').toString('base64') };
    await api.must('POST', secrets, {
      body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data },
    });
  });
  after(async () => {
    api?.close();
    await cluster.close();
  });

  const create = (name: string) =>
    api.must('POST', maps, { body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } } });

  /** As `kelp`, and it must succeed: answers what it said. */
  async function kelp(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await cluster.kelp(...args);
    expect(code, stderr).to.equal(0);
    return stdout + stderr;
  }

  async function refusal(...args: string[]): Promise<string> {
    const { code, stderr } = await cluster.kelp(...args);
    expect(code).to.equal(1);
    expect(stderr).to.match(/^error: [^\n]+\n$/);
    return stderr;
  }

  it('comes back on another machine as it was at one moment: objects, Secrets, CA and tokens', async () => {
    let written = 0;
    let over = false;
    const writing = (async () => {
      for (; !over; written += 1) await create(`n${String(written).padStart(5, '0')}`);
    })();
    await eventually('some writes', () => (written > 20 ? true : undefined));
    const before = written;
    expect(await kelp('backup', file)).to.match(
      /backup written to .*: \d+ objects at revision \d+, [\d.]+ k?B\n/,
    );
    over = true;
    await writing;
    const { token } = (
      await api.must('POST', '/api/v1/namespaces/default/serviceaccounts/default/token', {
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
      })
    ).status;
    expect(statSync(file).mode & 0o777).to.equal(0o600);

    const other = new TestCluster();
    try {
      expect(await kelp('restore', file, '--data-dir', other.hubDirectory)).to.match(
        /has the \d+ objects of 20/,
      );
      await other.startHub();
      const there = new HttpsJson(other.server, other.kubeconfig);
      const names = (await there.must('GET', maps)).items
        .map(({ metadata }: Json) => metadata.name)
        .filter((name: string) => /^n\d+$/.test(name));
      expect(names.length).to.be.within(before, written);
      // The writes came one after the other: what is there has no gap.
      expect(names).to.deep.equal(names.map((_: string, at: number) => `n${String(at).padStart(5, '0')}`));
      const { data } = await there.must('GET', `${secrets}/s`);
      expect(Buffer.from(data.value, 'base64').toString()).to.equal('open it');
      expect(other.ca).to.equal(cluster.ca);
      expect(other.adminToken).to.equal(cluster.adminToken);
      const review = await there.must('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } },
      });
      expect(review.status.user?.username).to.equal('system:serviceaccount:default:default');
      const store = readdirSync(join(other.hubDirectory, 'store')).map((name) =>
        readFileSync(join(other.hubDirectory, 'store', name), 'latin1'),
      );
      expect(store.join('')).not.to.include(Buffer.from('open it').toString('base64'));
      there.close();
    } finally {
      await other.close();
    }
  });

  it('goes to stdout too, and behind a passphrase', async () => {
    const script = `"$0" backup - --passphrase-file "$1" > "$2"`;
    const env = { KUBECONFIG: cluster.kubeconfig };
    const { code } = await run('bash', ['-c', script, kelpProgram, passphraseFile, sealed], { env });
    expect(code).to.equal(0);
    expect(await kelp('backup', 'verify', sealed, '--passphrase-file', passphraseFile)).to.match(
      /is whole: .*\nwith pki\/ca.key, .*encryption.keys\n/,
    );
    expect(await kelp('backup', 'verify', sealed)).to.match(/it is sealed: with --passphrase-file/);
    expect(await kelp('backup', 'list', cluster.directory)).to.match(
      /^NAME.*\ncluster.backup .* no\nsealed.backup .* yes\n$/,
    );
  });

  it('is for administrators only', async () => {
    const stranger = new HttpsJson(cluster.server, cluster.kubeconfig, { certificate: false });
    expect((await stranger.ask('GET', '/kelp/v1/backup')).code).to.equal(403);
    expect((await stranger.ask('POST', '/kelp/v1/backup')).code).to.equal(403);
    stranger.close();
  });

  it('that does not fit leaves no half file, and the one before as it was', async () => {
    const before = readFileSync(file);
    const script = 'ulimit -f 1; exec "$0" backup "$1"';
    const env = { KUBECONFIG: cluster.kubeconfig };
    for (const [path, expected] of [
      [file, before],
      [join(cluster.directory, 'new.backup'), undefined],
    ] as const) {
      const { code, stderr } = await run('bash', ['-c', script, kelpProgram, path], { env });
      expect(code).to.equal(1);
      expect(stderr).to.match(/^error: cannot write .*: EFBIG: file too large|file size limit/);
      expect(existsSync(path) ? readFileSync(path) : undefined).to.deep.equal(expected);
    }
    expect(readdirSync(cluster.directory).filter((name) => name.includes('partial'))).to.deep.equal([]);
    expect(await refusal('backup', join(cluster.directory, 'no/such/folder'))).to.match(
      /cannot write .*ENOENT/,
    );
    expect(await refusal('backup')).to.match(/name the file to write/);
  });

  it('is not restored where it should not be, and then nothing has changed', async () => {
    const target = join(cluster.directory, 'target');
    await kelp('restore', file, '--data-dir', target);
    const before = digestOf(target);
    const restore = (...args: string[]) => refusal('restore', ...args, '--data-dir', target);
    expect(await restore(file)).to.match(/holds a cluster already: --force/);
    expect(await refusal('restore', file, '--data-dir', cluster.hubDirectory, '--force')).to.match(
      /cannot restore while a hub runs: .* is in use by process \d+/,
    );
    expect(await restore(sealed, '--force')).to.match(/is sealed: name the file of its passphrase/);
    writeFileSync(`${passphraseFile}.wrong`, 'simsalabim');
    expect(await restore(sealed, '--force', '--passphrase-file', `${passphraseFile}.wrong`)).to.match(
      /the passphrase is not the one/,
    );
    const damaged = join(cluster.directory, 'damaged');
    const bytes = readFileSync(file);
    bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 4;
    writeFileSync(damaged, bytes);
    expect(await restore(damaged, '--force')).to.match(/damaged/);
    writeFileSync(damaged, readFileSync(file).subarray(0, -40));
    expect(await restore(damaged, '--force')).to.match(/damaged/);
    const script = 'ulimit -f 1; exec "$0" restore "$1" --force --data-dir "$2"';
    const full = await run('bash', ['-c', script, kelpProgram, file, target]);
    expect(full.code).to.equal(1);
    expect(full.stderr).to.match(/^error: cannot restore to .*target: /);
    expect(digestOf(target)).to.deep.equal(before);
    await kelp('restore', sealed, '--force', '--passphrase-file', passphraseFile, '--data-dir', target);
    expect(digestOf(target)).not.to.deep.equal(before);
  });

  it('is written by a schedule too, the newest few are kept, and a failure is told', async () => {
    const backupDir = join(cluster.directory, 'backups');
    mkdirSync(backupDir);
    const left = join(backupDir, 'kelp-20200101T000000Z-r1.backup.partial');
    writeFileSync(left, 'of a hub that was killed');
    writeFileSync(join(backupDir, 'mine.txt'), 'of somebody else');
    api.close();
    await cluster.hub.stop();
    const args = ['--backup-schedule', '* * * * * *', '--backup-dir', backupDir, '--backup-keep', '2'];
    await cluster.startHub({ args });
    api = new HttpsJson(cluster.server, cluster.kubeconfig);
    const names = () =>
      readdirSync(backupDir)
        .filter((name) => name.endsWith('.backup'))
        .sort();
    const counts = async (outcome: string) =>
      (await scrape(api)).get(`kelp_backups_total{outcome="${outcome}"}`) ?? 0;
    await eventually('four backups', async () => ((await counts('succeeded')) >= 4 ? true : undefined));
    expect((await scrape(api)).get('kelp_backup_last_size_bytes')).to.be.greaterThan(1000);
    api.close();
    await cluster.hub.stop(); // otherwise the next second takes away what is looked at
    expect(names().length).to.be.within(1, 2);
    expect(existsSync(left)).to.equal(false);
    expect(existsSync(join(backupDir, 'mine.txt'))).to.equal(true);
    await kelp('backup', 'verify', join(backupDir, names()[0] ?? ''));

    await cluster.startHub({ args: ['--backup-dir', join(backupDir, 'mine.txt')] });
    api = new HttpsJson(cluster.server, cluster.kubeconfig);
    const { code, stderr } = await cluster.kelp('backup', '--on-hub');
    expect([code, stderr]).to.deep.equal([1, stderr]);
    expect(stderr).to.match(/mine.txt/);
    expect(await counts('failed')).to.equal(1);
    await eventually('an Event', async () => {
      const { items } = await api.must('GET', '/api/v1/namespaces/kube-system/events');
      return items.some(({ reason }: Json) => reason === 'BackupFailed') ? true : undefined;
    });
  });
});

/** Every file below the folder with the hash of its content. */
function digestOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    files
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      ]),
  );
}
