// A backup as a file: whole or refused, whatever happens to its bytes.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type BackupSource,
  readBackupHeader,
  takeBackup,
  verifyBackup,
  writeWholeFile,
} from '../../../hub/backup/index.ts';
import { entriesOf } from '../../../hub/backup/read-backup.ts';
import type { Material } from '../../../hub/material/index.ts';
import { type Key, MemoryStore, plainText } from '../../../hub/store/index.ts';
import { UserError } from '../../../shared/base/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const material: Material = { 'pki/ca.key': 'the very key', 'tokens.csv': 'the-token' };
const clock = new FakeClock();

describe('a backup', () => {
  let directory: string;
  let file: string;
  let store: MemoryStore;
  let source: BackupSource;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'kelp-backup-'));
    file = join(directory, 'a.backup');
    store = new MemoryStore({ clock });
    await store.start();
    source = {
      store,
      clock,
      version: 'v0',
      freeze: async () => ({ material, text: plainText }),
      volatile: ['/core/events/'],
    };
  });
  afterEach(async () => {
    await store.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const put = (key: Key, value: unknown) => {
    const [, , , namespace = '', name = ''] = key.split('/');
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: value };
    return store.commit([{ key, object }]);
  };
  const save = async (passphrase?: string) => {
    const { header, bytes } = await takeBackup(source, passphrase);
    await writeWholeFile(file, bytes);
    return header;
  };
  const entries = async (passphrase?: string) => {
    const found: Record<string, unknown> = {};
    for await (const { key, text } of entriesOf(file, passphrase)) found[key] = JSON.parse(text);
    return found;
  };
  async function refusal(passphrase?: string): Promise<string> {
    try {
      await verifyBackup(file, passphrase);
    } catch (error) {
      expect(error).to.be.instanceOf(UserError);
      return error instanceof Error ? error.message : '';
    }
    throw new Error('it was taken for whole');
  }

  async function holdsEverything(passphrase?: string): Promise<void> {
    await put('/core/events/default/e', 'gone');
    const { objects: now, revision } = await store.all();
    const header = await save(passphrase);
    expect(header.revision).to.equal(revision);
    const kept = [...now].filter(([key]) => !key.startsWith('/core/events/'));
    expect(await entries(passphrase)).to.deep.equal(JSON.parse(JSON.stringify(Object.fromEntries(kept))));
    expect(await verifyBackup(file, passphrase)).to.deep.equal({ header, material });
  }

  it('holds everything as it was at one revision, and the material; nothing that is in memory only', async () => {
    const objects = fc.dictionary(fc.stringMatching(/^[a-z0-9]{1,12}$/), fc.jsonValue(), { maxKeys: 20 });
    const check = async (values: Record<string, unknown>) => {
      for (const [name, value] of Object.entries(values))
        await put(`/core/configmaps/default/${name}`, value);
      await holdsEverything();
    };
    await fc.assert(fc.asyncProperty(objects, check), { numRuns: 30 });
    await holdsEverything('a pässphrase');
  });

  it('does not hear of what is written while it is taken', async () => {
    for (let at = 0; at < 2_000; at += 1) await put(`/core/configmaps/default/c${at}`, 'before'.repeat(20));
    const { bytes, header } = await takeBackup(source);
    const slowly = async function* () {
      for await (const chunk of bytes) {
        for (let at = 0; at < 2_000; at += 50) await put(`/core/configmaps/default/c${at}`, 'after');
        await put('/core/configmaps/default/new', 'after');
        yield chunk;
      }
    };
    await writeWholeFile(file, slowly());
    const found = Object.values(await entries());
    expect(found).to.have.length(header.objects);
    expect(JSON.stringify(found)).not.to.include('after');
  });

  it('is refused wherever it is cut short', async () => {
    await put('/core/configmaps/default/a', 'x');
    for (const passphrase of [undefined, 'secret']) {
      await save(passphrase);
      const whole = readFileSync(file);
      for (let length = 0; length < whole.length; length += 7) {
        writeFileSync(file, whole.subarray(0, length));
        // Without the passphrase the checksum alone must tell.
        expect(await refusal()).to.match(/empty|whole|damaged/);
      }
      writeFileSync(file, Buffer.concat([whole, Buffer.from('x')]));
      expect(await refusal()).to.include('damaged');
    }
  });

  it('is refused wherever a bit is turned', async () => {
    await put('/core/configmaps/default/a', 'x');
    for (const passphrase of [undefined, 'secret']) {
      await save(passphrase);
      const whole = readFileSync(file);
      await fc.assert(
        fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (at, bit) => {
          const turned = Buffer.from(whole);
          turned[at] = (turned[at] ?? 0) ^ (1 << bit);
          writeFileSync(file, turned);
          expect(await refusal()).to.include(file);
        }),
        { numRuns: 300 },
      );
    }
  });

  it('behind a passphrase shows nothing, and opens with no other', async () => {
    await put('/core/configmaps/default/a', 'visible');
    await save('right');
    for (const content of ['the very key', 'the-token', 'visible'])
      expect(readFileSync(file, 'latin1')).not.to.include(content);
    expect(await refusal('wrong')).to.equal(`${file}: the passphrase is not the one that it was made with`);
    const { header, material: hidden } = await verifyBackup(file, undefined);
    expect(hidden).to.equal(undefined);
    expect(header.sealed?.kdf).to.equal('scrypt');
    expect((await readBackupHeader(file)).objects).to.equal(1);
  });

  it('that breaks off on its way leaves no file, and the one before as it was', async () => {
    await save();
    const before = readFileSync(file);
    const broken = async function* () {
      yield Buffer.from('KELP-BACKUP');
      throw new Error('the connection broke');
    };
    for (const path of [file, join(directory, 'new.backup')]) {
      const failure = await writeWholeFile(path, broken()).catch((error: Error) => error.message);
      expect(failure).to.equal('the connection broke');
    }
    expect(readdirSync(directory)).to.deep.equal(['a.backup']);
    expect(readFileSync(file).equals(before)).to.equal(true);
  });

  it('is refused where it is something else, or of a later format', async () => {
    const cases: Record<string, RegExp> = {
      '': /it is empty/,
      'something else': /it is no backup of Kelp/,
      'KELP-BACKUP\nnonsense\n': /header cannot be read/,
      'KELP-BACKUP\n{"format":2,"kelp":"v9"}\n':
        /format 2, which this version does not know: restore it with the one that wrote it \(v9\)/,
      'KELP-BACKUP\n{"format":1}\n': /lacks fields/,
      [`KELP-BACKUP\n${'x'.repeat(100_000)}`]: /does not end/,
    };
    for (const [content, expected] of Object.entries(cases)) {
      writeFileSync(file, content);
      expect(await refusal()).to.match(expected);
    }
    file = join(directory, 'absent');
    expect(await refusal()).to.match(/cannot read .*absent: ENOENT/);
  });
});
