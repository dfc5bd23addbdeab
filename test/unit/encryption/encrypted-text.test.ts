import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { EncryptedText } from '../../../hub/encryption/encrypted-text.ts';
import { prefixesOf } from '../../../hub/encryption/index.ts';
import { formatKeys, KeyFile, newKey, parseKeys } from '../../../hub/encryption/key-file.ts';
import { resources } from '../../../shared/api/index.ts';

const key = '/core/secrets/default/a';
const secret = (value: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'a', namespace: 'default' },
  data: { value },
});

describe('encrypted text', () => {
  let directory: string;
  let file: KeyFile;
  const textWith = (...keys: ReturnType<typeof newKey>[]) => {
    const text = new EncryptedText({ file, prefixes: ['/core/secrets/'] });
    text.use(keys);
    return text;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kelp-encryption-'));
    file = new KeyFile(join(directory, 'encryption.keys'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('gives back whatever was put in, and shows none of it', () => {
    const text = textWith(newKey());
    fc.assert(
      fc.property(fc.string({ minLength: 8, unit: 'binary' }), (value) => {
        const sealed = text.encode(key, secret(value));
        expect(text.decode(key, sealed)).to.deep.equal(secret(value));
        for (const form of [value, Buffer.from(value).toString('base64'), 'Secret', 'default'])
          expect(Buffer.from(sealed.split(':')[3] ?? '', 'base64').includes(form)).to.equal(false);
      }),
    );
    expect(text.encode(key, secret('x'))).not.to.equal(text.encode(key, secret('x')));
  });

  it('leaves other resources as they are, and reads what was in the clear before', () => {
    const text = textWith(newKey());
    const json = JSON.stringify(secret('plain'));
    expect(text.encode('/core/configmaps/default/a', secret('plain'))).to.equal(json);
    expect(text.decode(key, json)).to.deep.equal(secret('plain'));
    expect(text.isCurrent(key, json)).to.equal(false);
    expect(text.isCurrent('/core/configmaps/default/a', json)).to.equal(true);
  });

  it('refuses one object’s text in another’s place, and text of which a bit was turned', () => {
    const text = textWith(newKey());
    const sealed = text.encode(key, secret('mine'));
    expect(() => text.decode('/core/secrets/default/b', sealed)).to.throw('another');
    const at = sealed.lastIndexOf(':') + 1;
    fc.assert(
      fc.property(
        fc.nat(sealed.length - at - 1),
        fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ+/='),
        (where, other) => {
          const turned = sealed.slice(0, at + where) + other + sealed.slice(at + where + 1);
          if (turned === sealed) return;
          try {
            // Bits that base64 pads with carry nothing.
            expect(text.decode(key, turned)).to.deep.equal(secret('mine'));
            expect(
              Buffer.from(turned.slice(at), 'base64').equals(Buffer.from(sealed.slice(at), 'base64')),
            ).to.equal(true);
          } catch (error) {
            expect(error).to.have.property('code', 'unusable');
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('reads with older keys, writes with the newest, and knows which is which', () => {
    const [old, young] = [newKey(), newKey()];
    const before = textWith(old).encode(key, secret('x'));
    const text = textWith(young, old);
    expect(text.decode(key, before)).to.deep.equal(secret('x'));
    expect(text.isCurrent(key, before)).to.equal(false);
    expect(text.isCurrent(key, text.encode(key, secret('x')))).to.equal(true);
  });

  it('names the key that is missing, and where it belongs', () => {
    const old = newKey();
    const sealed = textWith(old).encode(key, secret('x'));
    expect(() => textWith(newKey()).decode(key, sealed)).to.throw(
      `${key} is encrypted with key ${old.id}, which is not in ${file.path}`,
    );
    expect(() => textWith().decode(key, 'enc:future:1:x')).to.throw('form that this version does not know');
    expect(() => textWith().encode(key, secret('x'))).to.throw('there is no key yet');
  });

  it('finds a key that another hub has put into the file meanwhile', async () => {
    const [old, young] = [newKey(), newKey()];
    await file.write([young, old]);
    const text = textWith(old);
    expect(text.decode(key, textWith(young).encode(key, secret('x')))).to.deep.equal(secret('x'));
    expect(text.keys.map(({ id }) => id)).to.deep.equal([young.id, old.id]);
  });

  describe('has keys in a file', () => {
    it('that is read as it was written', async () => {
      const keys = [newKey(), newKey()];
      expect(parseKeys(formatKeys(keys), 'f')).to.deep.equal(keys);
      await file.write(keys);
      expect(await file.read()).to.deep.equal(keys);
    });

    it('that has the last of those who write at once', async () => {
      const all = Array.from({ length: 10 }, newKey);
      await Promise.all(all.map((each) => file.write([each])));
      expect((await file.read()).map(({ id }) => id)).to.deep.equal([all.at(-1)?.id]);
    });

    it('and what is none is named with its line', async () => {
      for (const line of [
        'secret',
        Buffer.alloc(31).toString('base64'),
        `${newKey().secret.toString('base64')}x`,
      ]) {
        writeFileSync(file.path, `# keys\n\n${line}\n`);
        const error = await file.read().then(
          () => undefined,
          (caught: Error) => caught,
        );
        expect(error?.message).to.equal(
          `${file.path}:3: must be a key of 32 bytes in base64 (openssl rand -base64 32)`,
        );
      }
    });
  });

  it('is for resources as people name them', () => {
    expect(prefixesOf(['secrets', 'tokens.example.com', 'deployments.apps'], resources)).to.deep.equal([
      '/core/secrets/',
      '/example.com/tokens/',
      '/apps/deployments/',
    ]);
    expect(() => prefixesOf(['secret'], resources)).to.throw(
      '"secret": there is no such resource; did you mean secrets?',
    );
    expect(() => prefixesOf(['deployments'], resources)).to.throw('did you mean deployments.apps?');
    expect(() => prefixesOf(['a/b'], resources)).to.throw('must be RESOURCE or RESOURCE.GROUP');
  });
});
