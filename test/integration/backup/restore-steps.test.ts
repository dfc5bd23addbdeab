// A restore that is killed before any of its steps leaves the old cluster or the new one, objects and files together, and
// can be done again.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { restoreBackup, takeBackup, writeWholeFile } from '../../../hub/backup/index.ts';
import { commonMaterial } from '../../../hub/common-material.ts';
import { type HubConfig, hubOptions } from '../../../hub/config.ts';
import { FileReplacement, type Material, readMaterial } from '../../../hub/material/index.ts';
import { createStore, MemoryStore, plainText } from '../../../hub/store/index.ts';
import { createLog, loadOptions, systemClock } from '../../../shared/base/index.ts';
import { type RunResult, run } from '../../support/cluster.ts';
import { EtcdServer, hasEtcd } from '../../support/etcd.ts';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const program = fileURLToPath(new URL(`./restore-until.${extension}`, import.meta.url));
const nightly = process.env.KELP_NIGHTLY !== undefined;
const log = createLog('test', 'silent');
const noFiles = { storeCaFile: '', storeCertFile: '', storeKeyFile: '', storeUserFile: '' };

describe('a restore that is killed before a step', function () {
  this.timeout(nightly ? 600_000 : 120_000);
  const directory = mkdtempSync(join(tmpdir(), 'kelp-restore-steps-'));
  const dataDir = join(directory, 'data');
  const backups = { old: join(directory, 'old.backup'), new: join(directory, 'new.backup') };
  let etcd: EtcdServer | undefined;

  before(async () => {
    for (const whose of ['old', 'new'] as const) await backUp(whose);
    if (hasEtcd) etcd = await EtcdServer.start();
  });
  after(async () => {
    await etcd?.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  async function backUp(whose: keyof typeof backups): Promise<void> {
    const store = new MemoryStore({ clock: systemClock });
    await store.start();
    const writes = Array.from({ length: 250 }, (_, at) => ({
      key: `/core/configmaps/default/${whose}-${at}`,
      object: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `${whose}-${at}`, namespace: 'default' },
        data: { whose },
      },
    }));
    await store.commit(writes);
    const material: Material = { 'pki/ca.key': whose, 'pki/ca.crt': whose, 'tokens.csv': whose };
    const freeze = async () => ({ material, text: plainText });
    const source = { store, clock: systemClock, version: 'v0', volatile: [], freeze };
    await writeWholeFile(backups[whose], (await takeBackup(source)).bytes);
  }

  /** Whose cluster the next start of a hub finds: of the files and of all objects. */
  async function found(store: string): Promise<string> {
    const config: HubConfig = { ...(await loadOptions(hubOptions, {})), dataDir, store };
    await FileReplacement.finish(dataDir);
    await commonMaterial(config, { prefixes: [], log }, () => {}, systemClock);
    const opened = await createStore(config, { directory: join(dataDir, 'store'), clock: systemClock, log });
    await opened.start();
    const { objects } = await opened.all();
    await opened.stop();
    expect(objects.size).to.equal(250);
    const names = [...objects.keys()].map((key) => key.split('/').at(-1)?.split('-')[0] ?? '');
    const all = new Set([...names, ...Object.values(await readMaterial(dataDir))]);
    expect(all.size, [...all].join()).to.equal(1);
    return [...all].join();
  }

  const restore = (store: string, until: number): Promise<RunResult> =>
    run(process.execPath, [program, backups.new, dataDir, store, String(until)]);

  async function killAtEachStep(store: string): Promise<void> {
    const choice = { store, ...noFiles };
    const begin = () =>
      restoreBackup({ file: backups.old, dataDir, force: true, store: choice, warn: () => {} });
    await begin();
    const through = await restore(store, 0);
    expect(through.code, through.stderr).to.equal(0);
    const steps = Number(through.stdout);
    expect(await found(store)).to.equal('new');
    const outcomes = new Set<string>();
    // What is decided is decided at the end.
    for (let step = nightly ? 1 : steps - 13; step <= steps; step += nightly ? 1 : 2) {
      await begin();
      expect((await restore(store, step)).code, `step ${step} of ${steps}`).to.equal(-1);
      outcomes.add(await found(store));
      const again = await restore(store, 0);
      expect(again.code, again.stderr).to.equal(0);
      expect(await found(store)).to.equal('new');
      expect(readdirSync(dataDir).filter((name) => name.startsWith('.replacing'))).to.deep.equal([]);
    }
    expect([...outcomes].sort()).to.deep.equal(['new', 'old']);
  }

  it('leaves one of them in a data directory', () => killAtEachStep('embedded'));

  it('leaves one of them in etcd, with the files of the data directory', async function () {
    if (!etcd) return this.skip();
    await killAtEachStep(`etcd://${etcd.endpoint}/steps`);
  });
});
