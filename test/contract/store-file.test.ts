// The embedded store's file: what NeDB makes of it, what a restart finds, what damage does.

import { randomBytes } from 'node:crypto';
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import Datastore from 'nedb-promises';
import type { StoredText } from '../../hub/store/index.ts';
import {
  imageOf,
  listen,
  names,
  pod,
  podKey,
  put,
  refusal,
  startedStore,
  temporaryDirectory,
} from './store-world.ts';

interface Document {
  _id: string;
  revision: number;
  json: string;
}

describe('the embedded store’s file', () => {
  let directory: { path: string; remove(): void };
  let file: string;

  beforeEach(() => {
    directory = temporaryDirectory();
    file = join(directory.path, 'store.db');
  });
  afterEach(() => directory.remove());

  async function withStore<T>(
    use: (store: Awaited<ReturnType<typeof startedStore>>) => Promise<T>,
  ): Promise<T> {
    const store = await startedStore(directory.path);
    try {
      return await use(store);
    } finally {
      await store.stop();
    }
  }

  async function openedByNedb(): Promise<Document[]> {
    const database = Datastore.create({ filename: file, corruptAlertThreshold: 0 });
    await database.load();
    return database.find<Document>({ _id: /^\// }).sort({ _id: 1 });
  }

  describe('and NeDB', () => {
    it('is opened by NeDB, which finds all documents', async () => {
      const text = await withStore(async (store) => {
        await store.commit(['a', 'b', 'c'].map((name) => ({ key: podKey(name), object: pod(name, 'one') })));
        await put(store, 'b', 'two');
        await store.commit([{ key: podKey('c') }]);
        await store.commit([{ key: podKey('v'), object: pod('v'), volatile: true }]);
        return JSON.stringify(
          (await store.list('/')).objects.filter(({ metadata }) => metadata.name !== 'v'),
        );
      });
      const documents = await openedByNedb();
      expect(documents.map(({ _id }) => _id)).to.deep.equal([podKey('a'), podKey('b')]);
      expect(`[${documents.map(({ json }) => json).join()}]`).to.equal(text);
    });

    it('is opened by the store again after NeDB has rewritten it', async () => {
      const before = await withStore(async (store) => {
        await store.commit(['a', 'b', 'c'].map((name) => ({ key: podKey(name), object: pod(name, 'one') })));
        await put(store, 'b', 'two');
        return { epoch: store.epoch, objects: (await store.list('/')).objects };
      });
      await openedByNedb();
      await withStore(async (store) => {
        expect((await store.list('/')).objects).to.deep.equal(before.objects);
        expect(store.epoch).to.equal(before.epoch);
      });
    });
  });

  describe('over a restart', () => {
    it('keeps objects, their revisions and the epoch', async () => {
      const before = await withStore(async (store) => {
        await put(store, 'a', 'one');
        await put(store, 'b', 'two');
        await put(store, 'a', 'three');
        return { objects: (await store.list('/')).objects, epoch: store.epoch };
      });
      await withStore(async (store) => {
        expect((await store.list('/')).objects).to.deep.equal(before.objects);
        expect(store.epoch).to.equal(before.epoch);
        expect(Object.isFrozen((await store.get(podKey('a')))?.metadata)).to.equal(true);
      });
    });

    it('forgets volatile objects, and never goes back to what they replaced', async () => {
      await withStore(async (store) => {
        await put(store, 'kept', 'durable');
        await put(store, 'replaced', 'durable');
        await put(store, 'regained', 'durable');
        await store.commit(
          ['replaced', 'regained', 'new'].map((name) => ({
            key: podKey(name),
            object: pod(name, 'volatile'),
            volatile: true,
          })),
        );
        await put(store, 'regained', 'durable again');
      });
      expect(readFileSync(file, 'utf8')).not.to.contain('volatile');
      await withStore(async (store) => {
        const { objects } = await store.list('/');
        expect(objects.map(imageOf)).to.deep.equal(['durable', 'durable again']);
      });
    });

    it('may show what a renewal renewed as it was before, and writes nothing for it', async () => {
      await withStore(async (store) => {
        await put(store, 'known', 'written');
        const { bytesWritten } = store;
        for (const image of ['renewed', 'renewed again']) {
          await store.commit([{ key: podKey('known'), object: pod('known', image), renewal: true }]);
        }
        expect(imageOf(await store.get(podKey('known')))).to.equal('renewed again');
        expect(store.bytesWritten).to.equal(bytesWritten);
        // Where the disk has nothing of it, it is written as any other.
        await store.commit([{ key: podKey('new'), object: pod('new', 'first'), renewal: true }]);
        expect(store.bytesWritten).to.be.greaterThan(bytesWritten);
      });
      await withStore(async (store) => {
        expect(imageOf(await store.get(podKey('known')))).to.equal('written');
        expect(imageOf(await store.get(podKey('new')))).to.equal('first');
        await store.commit([{ key: podKey('known') }]);
      });
      await withStore(async (store) => expect(await store.get(podKey('known'))).to.equal(undefined));
    });

    it('never gives a revision out twice, although volatile commits leave no trace', async () => {
      let newest = 0;
      for (let round = 0; round < 5; round++) {
        newest = await withStore(async (store) => {
          expect(store.revision).to.be.at.least(newest);
          for (let i = 0; i < 5; i++) {
            const object = pod('v', String(i));
            const [stored] = await store.commit([{ key: podKey('v'), object, volatile: true }]);
            expect(Number(stored?.metadata.resourceVersion)).to.be.greaterThan(newest);
            newest = Number(stored?.metadata.resourceVersion);
          }
          return store.revision;
        });
      }
    });

    it('has objects in the text that it was given, through compactions', async () => {
      const text: StoredText = {
        encode: (key, object) => `${key} ${Buffer.from(JSON.stringify(object)).toString('base64')}`,
        decode: (key, stored) => JSON.parse(Buffer.from(stored.slice(key.length), 'base64').toString()),
        isCurrent: () => true,
      };
      const options = { text, compactionMinimum: 2_000 };
      const store = await startedStore(directory.path, options);
      for (let i = 0; i < 40; i++) await put(store, 'a', `busybox-${i}`);
      await store.stop();
      expect(statSync(file).size).to.be.lessThan(8_000);
      expect(readFileSync(file, 'utf8')).not.to.contain('busybox');
      const again = await startedStore(directory.path, options);
      expect(imageOf(await again.get(podKey('a')))).to.equal('busybox-39');
      await again.stop();
    });

    it('reads an object when it is asked for it, and writes its text anew without reading it', async () => {
      await withStore(async (store) => {
        for (const name of ['a', 'b', 'c', 'd']) await put(store, name, `of ${name}`);
      });
      const read: string[] = [];
      let form = '{';
      const text: StoredText = {
        encode: (_key, object) => `${form === '{' ? '' : form}${JSON.stringify(object)}`,
        decode: (key, stored) => {
          read.push(key);
          return JSON.parse(stored.slice(stored.indexOf('{')));
        },
        isCurrent: (_key, stored) => stored.startsWith(form),
      };
      const store = await startedStore(directory.path, { text });
      expect(await store.count('/')).to.equal(4);
      await store.rewrite();
      expect(read).to.deep.equal([]);
      expect(imageOf(await store.get(podKey('b')))).to.equal('of b');
      const { objects } = await store.list('/core/pods/', { limit: 1 });
      expect(objects.map(imageOf)).to.deep.equal(['of a']);
      expect(read).to.deep.equal([podKey('b'), podKey('a')]);
      // One that it does not know changes, and goes, as every other.
      const ear = listen(store, '/');
      await put(store, 'c', 'new');
      expect(ear.changes.map(({ previous }) => imageOf(previous))).to.deep.equal(['of c']);
      // What has another form today is read for it.
      form = 'v2 ';
      await store.rewrite();
      expect(read).to.include(podKey('d'));
      expect(await names(store)).to.deep.equal(['a', 'b', 'c', 'd']);
      await store.stop();
      const again = await startedStore(directory.path, { text });
      expect((await again.all()).objects.size).to.equal(4);
      expect(imageOf(await again.get(podKey('d')))).to.equal('of d');
      await again.stop();
    });

    it('refuses watches from before it: volatile changes since then are lost', async () => {
      for (let commits = 1; commits < 10; commits++) {
        const store = await startedStore(directory.path, { reserve: 4 });
        for (let i = 0; i < commits; i++) {
          await store.commit([{ key: podKey('v'), object: pod('v'), volatile: true }]);
        }
        const { revision } = store;
        await store.stop();
        await withStore(async (again) => {
          expect(() => listen(again, '/', revision))
            .to.throw()
            .with.property('code', 'compacted');
          expect((await refusal(again.list('/', { revision }))).code).to.equal('compacted');
        });
      }
    });

    it('writes nothing when nothing is committed', async () => {
      await withStore(async (store) => put(store, 'a'));
      const before = statSync(file);
      for (let round = 0; round < 3; round++) {
        await withStore(async (store) => {
          await store.list('/');
          expect(store.bytesWritten).to.equal(0);
        });
      }
      const after = statSync(file);
      expect([after.ino, after.size, after.mtimeMs]).to.deep.equal([before.ino, before.size, before.mtimeMs]);
    });

    it('writes nothing for volatile commits', async () => {
      await withStore(async (store) => {
        await put(store, 'a');
        const before = store.bytesWritten;
        expect(before).to.be.greaterThan(0);
        for (let i = 0; i < 100; i++) {
          await store.commit([{ key: podKey('v'), object: pod('v', String(i)), volatile: true }]);
        }
        expect(store.bytesWritten).to.equal(before);
      });
    });
  });

  describe('that is damaged', () => {
    let whole: Buffer;
    let firstLineEnd: number;

    beforeEach(async () => {
      await withStore(async (store) => {
        await put(store, 'a', 'one', 50);
        await store.commit(['b', 'c'].map((name) => ({ key: podKey(name), object: pod(name, 'two') })));
      });
      whole = readFileSync(file);
      firstLineEnd = whole.indexOf('\n');
    });

    it('stops the start wherever a bit was flipped, names the place, and stays as it is', async function () {
      this.timeout(60_000);
      const step = process.env.KELP_NIGHTLY ? 1 : 7;
      for (let at = 0; at < whole.length; at += step) {
        const damaged = Buffer.from(whole);
        damaged[at] = (whole[at] ?? 0) ^ (1 << (at % 8));
        writeFileSync(file, damaged);
        const error = await refusal(startedStore(directory.path));
        expect(error.code, `byte ${at}`).to.equal('unusable');
        expect(error.message).to.contain(file);
        const place = Number(/at byte (\d+)/.exec(error.message)?.[1]);
        expect(place, `byte ${at}`).to.be.at.most(at);
        expect(readFileSync(file).equals(damaged)).to.equal(true);
      }
    });

    it('stops the start also when zeros are reserved behind it; what is altered in these is none of it', async () => {
      const reserved = Buffer.concat([whole, Buffer.alloc(2_000)]);
      for (let at = whole.lastIndexOf('{"_id"'); at < reserved.length; at += 11) {
        const damaged = Buffer.from(reserved);
        damaged[at] = (reserved[at] ?? 0) ^ (1 << (at % 8));
        writeFileSync(file, damaged);
        if (at < whole.length) {
          expect((await refusal(startedStore(directory.path))).code, `byte ${at}`).to.equal('unusable');
          expect(readFileSync(file).equals(damaged)).to.equal(true);
        } else {
          await withStore(async (store) => expect(await names(store)).to.deep.equal(['a', 'b', 'c']));
          expect(readFileSync(file).equals(whole), `byte ${at}`).to.equal(true);
        }
      }
    });

    it('stops the start when a block of what was answered reads as zeros', async () => {
      const start = whole.indexOf(podKey('a'));
      const damaged = Buffer.from(whole).fill(0, start, start + 64);
      writeFileSync(file, damaged);
      const error = await refusal(startedStore(directory.path));
      expect(error.code).to.equal('unusable');
      expect(readFileSync(file).equals(damaged)).to.equal(true);
    });

    it('says how to restore, and that works', async () => {
      const damaged = Buffer.from(whole);
      const last = whole.lastIndexOf(podKey('b'));
      damaged[last + 1] = 'x'.charCodeAt(0);
      writeFileSync(file, damaged);
      const error = await refusal(startedStore(directory.path));
      expect(error.message).to.match(/kelp restore --force FILE/);
      const size = /truncate --size=(\d+) /.exec(error.message)?.[1];
      writeFileSync(file, damaged.subarray(0, Number(size)));
      await withStore(async (store) => expect(await names(store)).to.deep.equal(['a']));
    });

    it('is refused when it is something else', async () => {
      writeFileSync(file, 'hello\nworld\n');
      expect((await refusal(startedStore(directory.path))).code).to.equal('unusable');
      writeFileSync(file, '');
      expect((await refusal(startedStore(directory.path))).message).to.contain('not a Kelp store');
      writeFileSync(file, whole.subarray(firstLineEnd + 1));
      await withStore(async (store) => expect(await store.count('/')).to.equal(3));
    });

    it('is opened again when a copy is put back', async () => {
      const backup = join(directory.path, 'backup');
      copyFileSync(file, backup);
      writeFileSync(file, 'lost');
      copyFileSync(backup, file);
      await withStore(async (store) => expect(await names(store)).to.deep.equal(['a', 'b', 'c']));
    });
  });

  describe('after a power cut', () => {
    it('has every answered commit, and no part of any other, wherever the last append was torn', async function () {
      this.timeout(process.env.KELP_NIGHTLY ? 900_000 : 60_000);
      const synced: { length: number; images: string[] }[] = [];
      await withStore(async (store) => {
        for (let round = 0; round < 4; round++) {
          await store.commit(
            ['a', 'b', 'c'].map((name) => ({ key: podKey(name), object: pod(name, `round-${round}`) })),
          );
          const images = (await store.list('/')).objects.map((object) => imageOf(object) ?? '');
          // What is reserved behind it is zeros.
          synced.push({ length: readFileSync(file).lastIndexOf('\n') + 1, images });
        }
      });
      const whole = readFileSync(file);
      const step = process.env.KELP_NIGHTLY ? 1 : 41;
      for (const [at, { length, images }] of synced.entries()) {
        const end = synced[at + 1]?.length ?? length;
        for (let cut = length; cut < end; cut += step) {
          for (const torn of tornEnds(whole, length, cut, end)) {
            writeFileSync(file, torn);
            await withStore(async (store) => {
              expect((await store.list('/')).objects.map(imageOf), `cut at ${cut}`).to.deep.equal(images);
              expect(statSync(file).size).to.equal(length);
            });
          }
        }
      }
    });

    it('goes on writing where the whole commits end', async () => {
      await withStore(async (store) => put(store, 'a'));
      const whole = readFileSync(file);
      for (let round = 0; round < 3; round++) {
        writeFileSync(file, Buffer.concat([readFileSync(file), whole.subarray(-40, -1)]));
        await withStore(async (store) => put(store, `after-${round}`));
      }
      await withStore(async (store) =>
        expect(await names(store)).to.deep.equal(['a', 'after-0', 'after-1', 'after-2']),
      );
    });
  });
});

/** How the file may look when the append from `synced` to `end` got no further than `cut`. */
function tornEnds(whole: Buffer, synced: number, cut: number, end: number): Buffer[] {
  const upToCut = whole.subarray(0, cut);
  return [
    upToCut,
    // The length reached the disk, the bytes did not.
    Buffer.concat([upToCut, Buffer.alloc(end - cut)]),
    Buffer.concat([whole.subarray(0, synced), Buffer.alloc(cut - synced + 2), whole.subarray(cut + 2, end)]),
    // Only a later block did.
    Buffer.concat([upToCut, Buffer.alloc(600), whole.subarray(synced, end)]),
    // It went into what was reserved.
    Buffer.concat([upToCut, Buffer.alloc(3_000)]),
    // The disk made something else of it.
    Buffer.concat([upToCut, randomBytes(1 + (cut % 700)), Buffer.from('x')]),
    Buffer.concat([upToCut, randomBytes(1 + (cut % 700)), Buffer.from('x'), Buffer.alloc(500)]),
  ].filter((torn) => torn.length >= synced);
}
