import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Encryption } from '../../../hub/encryption/index.ts';
import { createLog } from '../../../shared/base/index.ts';

describe('a change of the encryption key', () => {
  let directory: string;
  let encryption: Encryption;
  const key = '/core/secrets/default/a';
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } };
  const ids = () => encryption.text.keys.map(({ id }) => id);
  const opened = async () => {
    const keyFile = join(directory, 'encryption.keys');
    const made = new Encryption({ keyFile, prefixes: ['/core/secrets/'], log: createLog('test', 'fatal') });
    await made.load();
    return made;
  };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'kelp-encryption-'));
    encryption = await opened();
    await encryption.start();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('writes everything anew with the new key before it forgets the old one', async () => {
    const [old = ''] = ids();
    const before = encryption.text.encode(key, secret);
    const { current, removed } = await encryption.rotate({
      rewrite: async () => {
        expect(ids()).to.have.length(2).and.include(old);
        expect(encryption.text.isCurrent(key, before)).to.equal(false);
        expect(encryption.text.decode(key, before)).to.deep.equal(secret);
      },
    });
    expect(removed).to.deep.equal([old]);
    expect(ids()).to.deep.equal([current]);
    expect(() => encryption.text.decode(key, before)).to.throw(`key ${old}`);
  });

  it('that was cut short keeps both, also over a restart, and is finished by the next one', async () => {
    const [old = ''] = ids();
    const full = { rewrite: () => Promise.reject(new Error('no space left on device')) };
    const failure = await encryption.rotate(full).catch((error: Error) => error.message);
    expect(failure).to.equal('no space left on device');
    encryption = await opened();
    const [young = '', ...rest] = ids();
    expect(rest).to.deep.equal([old]);
    expect(await encryption.rotate({ rewrite: async () => undefined })).to.deep.equal({
      current: young,
      removed: [old],
    });
  });

  it('is made once for all who ask at the same time', async () => {
    let rewrites = 0;
    const store = {
      rewrite: async () => {
        rewrites += 1;
      },
    };
    const [one, other] = await Promise.all([encryption.rotate(store), encryption.rotate(store)]);
    expect(one).to.deep.equal(other);
    expect(rewrites).to.equal(1);
  });
});
