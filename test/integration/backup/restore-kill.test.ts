// A restore that is killed at any moment leaves the old cluster or the new one, whole; never something of both.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { restoreBackup, takeBackup, writeWholeFile } from '../../../hub/backup/index.ts';
import { FileReplacement, type Material, readMaterial } from '../../../hub/material/index.ts';
import { MemoryStore, NedbStore, plainText } from '../../../hub/store/index.ts';
import { createLog, systemClock } from '../../../shared/base/index.ts';
import { kelpProgram, RunningProgram } from '../../support/cluster.ts';

const rounds = process.env.KELP_NIGHTLY ? 100 : 8;
const objects = 6_000;
const noFiles = { storeCaFile: '', storeCertFile: '', storeKeyFile: '', storeUserFile: '' };
const embedded = { store: 'embedded', ...noFiles };

describe('a restore that is killed', function () {
  this.timeout(600_000);
  const directory = mkdtempSync(join(tmpdir(), 'kelp-restore-'));
  const dataDir = join(directory, 'data');
  let restore: RunningProgram | undefined;
  const files = { old: join(directory, 'old.backup'), new: join(directory, 'new.backup') };

  before(async () => {
    for (const which of ['old', 'new'] as const) await writeWholeFile(files[which], await backupOf(which));
  });
  after(async () => {
    await restore?.stop('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  async function backupOf(which: 'old' | 'new'): Promise<AsyncIterable<Buffer>> {
    const store = new MemoryStore({ clock: systemClock });
    await store.start();
    await store.commit(
      Array.from({ length: objects }, (_, at) => ({
        key: `/core/configmaps/default/${which}-${at}`,
        object: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: `${which}-${at}`, namespace: 'default' },
          data: { which, filling: String(at).repeat(100) },
        },
      })),
    );
    const material: Material = { 'pki/ca.key': which, 'pki/ca.crt': which, 'tokens.csv': which };
    const source = { store, clock: systemClock, version: 'v0', volatile: [] };
    const freeze = async () => ({ material, text: plainText });
    return (await takeBackup({ ...source, freeze })).bytes;
  }

  /** What the next start of a hub finds. */
  async function found(): Promise<string> {
    await FileReplacement.finish(dataDir);
    const files = Object.values(await readMaterial(dataDir));
    const store = new NedbStore({
      directory: join(dataDir, 'store'),
      clock: systemClock,
      log: createLog('test', 'silent'),
    });
    await store.start();
    const whose = [...(await store.all()).objects.keys()].map(
      (key) => key.split('/').at(-1)?.split('-')[0] ?? '',
    );
    await store.stop();
    expect(whose).to.have.length(objects);
    const all = new Set([...files, ...whose]);
    expect(all.size, [...all].join()).to.equal(1);
    return [...all].join();
  }

  it(`leaves the old cluster or the new one, ${rounds} times`, async () => {
    const outcomes = new Set<string>();
    let longest = 1_500;
    for (let round = 0; round < rounds; round += 1) {
      rmSync(dataDir, { recursive: true, force: true });
      await restoreBackup({ file: files.old, dataDir, force: true, store: embedded, warn: () => {} });
      const args = ['restore', files.new, '--data-dir', dataDir, '--force'];
      const began = performance.now();
      const started = new RunningProgram(kelpProgram, args);
      restore = started;
      // Spread over the time that a whole one takes; the last is let through.
      const timer = setTimeout(() => started.child.kill('SIGKILL'), longest * ((round + 0.5) / rounds));
      if (round === 0 || round === rounds - 1) clearTimeout(timer);
      const code = await started.ending;
      clearTimeout(timer);
      if (round === 0) longest = performance.now() - began;
      const outcome = await found();
      if (code === 0) expect(outcome).to.equal('new');
      outcomes.add(outcome);
    }
    expect([...outcomes].sort()).to.deep.equal(['new', 'old']);
  });
});
