import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  clusterMaterial,
  FileReplacement,
  parseMaterial,
  readMaterial,
  stageMaterial,
  writeMaterial,
} from '../../../hub/material/index.ts';

describe('the cluster material', () => {
  let directory: string;
  const at = (name: string) => join(directory, name);
  const text = (name: string) => readFileSync(at(name), 'utf8');
  const material = { 'pki/ca.key': 'key', 'pki/ca.crt': 'certificate', 'tokens.csv': 'tokens' };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kelp-material-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is read as it was written, and nobody else can read what is secret of it', async () => {
    await writeMaterial(at('data'), material);
    expect(await readMaterial(at('data'))).to.deep.equal(material);
    const modes = Object.fromEntries(clusterMaterial.map(({ name, mode }) => [name, mode]));
    for (const name of Object.keys(material))
      expect(statSync(at(`data/${name}`)).mode & 0o777).to.equal(modes[name]);
    expect(readdirSync(at('data')).sort()).to.deep.equal(['pki', 'tokens.csv']);
  });

  it('is read from where an option has put it', async () => {
    writeFileSync(at('keys'), 'elsewhere');
    expect(await readMaterial(directory, { 'encryption.keys': at('keys') })).to.deep.equal({
      'encryption.keys': 'elsewhere',
    });
  });

  it('is taken from elsewhere only if this version knows all of it', () => {
    expect(parseMaterial({ ...material })).to.deep.equal(material);
    expect(() => parseMaterial({ '../../etc/passwd': 'x' })).to.throw('does not know');
    expect(() => parseMaterial({ 'tokens.csv': 7 })).to.throw('tokens.csv');
    expect(() => parseMaterial(null)).to.throw('no map of files');
  });

  describe('replaced', () => {
    beforeEach(async () => {
      await writeMaterial(directory, { ...material, 'pki/sa.key': 'old account key' });
      writeFileSync(at('pki/server.key'), 'of this hub');
      mkdirSync(at('store'));
      writeFileSync(at('store/old'), 'old');
    });

    async function staged(): Promise<FileReplacement> {
      const replacement = await FileReplacement.begin(directory);
      await stageMaterial(replacement, { 'pki/ca.key': 'new key', 'pki/ca.crt': 'new certificate' });
      const folder = await replacement.folder('store');
      writeFileSync(join(folder, 'new'), 'new');
      return replacement;
    }

    function expectOld(): void {
      expect([text('pki/ca.key'), text('pki/ca.crt')]).to.deep.equal(['key', 'certificate']);
      expect(readdirSync(at('store'))).to.deep.equal(['old']);
    }

    function expectNew(): void {
      expect([text('pki/ca.key'), text('pki/ca.crt')]).to.deep.equal(['new key', 'new certificate']);
      expect(readdirSync(at('store'))).to.deep.equal(['new']);
      expect(text('pki/sa.key')).to.equal('old account key');
      expect(text('pki/server.key')).to.equal('of this hub');
      expect(readdirSync(directory).filter((name) => name.startsWith('.'))).to.deep.equal([]);
    }

    it('is all new after a commit', async () => {
      await (await staged()).commit();
      expectNew();
    });

    it('is all old when it was cut short before the commit', async () => {
      await staged();
      await FileReplacement.finish(directory);
      expectOld();
      expect(existsSync(at('.replacing.new'))).to.equal(false);
    });

    it('is all old when it was given up', async () => {
      await (await staged()).discard();
      expectOld();
    });

    it('is all new, or all old, as what it waits for has come or not', async () => {
      await (await staged()).waitFor('one');
      await FileReplacement.finish(directory);
      expectOld();
      await FileReplacement.decide(directory, async () => 'another');
      await FileReplacement.decide(directory, async () => 'one');
      expectOld();
      await (await staged()).waitFor('one');
      await FileReplacement.decide(directory, async () => 'one');
      expectNew();
      await FileReplacement.decide(directory, () =>
        Promise.reject(new Error('nothing waits: it is not asked')),
      );
    });

    it('becomes all new at the next start, wherever the commit was cut short', async () => {
      // The state after the rename that commits, and after each move that follows.
      const moves = [
        () => undefined,
        () => rename('.replacing/pki/ca.key', 'pki/ca.key'),
        () => rename('.replacing/pki/ca.crt', 'pki/ca.crt'),
        () => rmSync(at('.replacing/pki'), { recursive: true }),
        () => rmSync(at('store'), { recursive: true }),
        () => rename('.replacing/store.whole', 'store'),
      ];
      for (let cut = 1; cut <= moves.length; cut += 1) {
        rmSync(directory, { recursive: true });
        await writeMaterial(directory, { ...material, 'pki/sa.key': 'old account key' });
        writeFileSync(at('pki/server.key'), 'of this hub');
        mkdirSync(at('store'));
        writeFileSync(at('store/old'), 'old');
        await staged();
        rename('.replacing.new', '.replacing');
        for (const move of moves.slice(0, cut)) move();
        await FileReplacement.finish(directory);
        expectNew();
      }
    });

    function rename(from: string, to: string): void {
      renameSync(at(from), at(to));
    }
  });
});
