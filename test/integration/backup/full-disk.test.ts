// Backups onto a disk that is full: refused in words, no half file, those that are there stay, and the next one that fits is
// one of the few that are kept.

import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ScheduledBackups, verifyBackup } from '../../../hub/backup/index.ts';
import { MemoryStore, plainText } from '../../../hub/store/index.ts';
import { createLog, systemClock } from '../../../shared/base/index.ts';
import { skipWithout } from '../../support/cluster.ts';
import { SmallDisk } from '../../support/small-disk.ts';

/** KiB of which a backup is, as nothing of it can be compressed. */
const size = 200;
const keep = 2;

describe('backups onto a disk that is full', () => {
  let disk: SmallDisk | undefined;
  let store: MemoryStore;
  let backups: ScheduledBackups;
  const told: string[] = [];

  before(async function () {
    disk = SmallDisk.inMemory(size * (keep + 2));
    if (!disk) skipWithout(this, 'mount, as root', 'mount');
    store = new MemoryStore({ clock: systemClock });
    await store.start();
    const freeze = async () => ({ material: { 'tokens.csv': 'secret' }, text: plainText });
    backups = new ScheduledBackups({
      source: { store, clock: systemClock, version: 'v0', volatile: [], freeze },
      ...{ schedule: '', directory: disk.path, keep, passphraseFile: '' },
      onFailure: (why) => told.push(why),
      clock: systemClock,
      log: createLog('test', 'silent'),
    });
  });
  after(() => disk?.remove());

  async function backUp(): Promise<unknown> {
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'big', namespace: 'default' },
      binaryData: { bytes: randomBytes(size * 1024).toString('base64') },
    };
    await store.commit([{ key: '/core/configmaps/default/big', object }]);
    return backups.run();
  }
  const folder = () => disk?.path ?? '';
  const files = () => readdirSync(folder()).sort();

  it('leave what is there as it is, and go on when there is room', async () => {
    for (let i = 0; i < keep + 2; i += 1) await backUp();
    const before = files();
    expect(before).to.have.length(keep);
    writeFileSync(join(folder(), 'filling'), Buffer.alloc(size * 1024 * 1.5));

    const refused = await backUp().catch((error: Error) => error.message);
    expect(refused).to.match(/^cannot write .*kelp-.*\.backup: ENOSPC: no space left on device/);
    expect(told).to.deep.equal([refused]);
    expect(backups.counts).to.deep.equal({ succeeded: keep + 2, failed: 1 });
    expect(files()).to.deep.equal(['filling', ...before]);
    for (const name of before)
      expect((await verifyBackup(join(folder(), name), undefined)).header.objects).to.equal(1);

    rmSync(join(folder(), 'filling'));
    await backUp();
    const after = files();
    expect(after).to.have.length(keep);
    expect(after[0]).to.equal(before.at(-1));
    for (const name of after) await verifyBackup(join(folder(), name), undefined);
  });
});
