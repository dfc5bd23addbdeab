// The file is written anew when most of it is out of date, while everything else goes on.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import Datastore from 'nedb-promises';
import {
  listen,
  names,
  pod,
  podKey,
  put,
  startedStore,
  temporaryDirectory,
} from '../../contract/store-world.ts';

describe('compaction of the embedded store', () => {
  let directory: { path: string; remove(): void };
  let file: string;

  beforeEach(() => {
    directory = temporaryDirectory();
    file = join(directory.path, 'store.db');
  });
  afterEach(() => directory.remove());

  it('keeps the file in bounds and loses nothing of what is written meanwhile', async function () {
    this.timeout(60_000);
    const store = await startedStore(directory.path, { compactionMinimum: 128 * 1024 });
    const ear = listen(store, '/');
    let commits = 0;
    let compactions = 0;
    let size = 0;
    let largest = 0;
    await Promise.all(
      [0, 1, 2, 3, 4, 5, 6, 7].map(async (writer) => {
        for (let i = 0; i < 250; i++) {
          const name = `pod-${writer}-${(i * 7) % 40}`;
          const there = (await store.get(podKey(name))) !== undefined;
          const remove = there && i % 3 === 0;
          await store.commit([
            { key: podKey(name), ...(!remove && { object: pod(name, `${writer}-${i}`, 800) }) },
            { key: podKey(`always-${writer}`), object: pod(`always-${writer}`, String(i), 10) },
            { key: podKey(`fleeting-${writer}`), object: pod('v'), volatile: true },
          ]);
          commits += 1;
          const before = size;
          size = statSync(file).size;
          if (size < before) compactions += 1;
          largest = Math.max(largest, size);
        }
      }),
    );
    expect(compactions, 'compactions').to.be.greaterThan(0);
    expect(largest, 'bytes').to.be.lessThan(1024 * 1024);
    expect(new Set(ear.changes.map(({ revision }) => revision)).size).to.equal(commits);
    const before = (await store.list('/')).objects.filter(({ metadata }) => metadata.name !== 'v');
    await store.stop();
    expect(readdirSync(directory.path)).to.deep.equal(['store.db']);
    const again = await startedStore(directory.path);
    expect((await again.list('/')).objects).to.deep.equal(before);
    await again.stop();
    const database = Datastore.create({ filename: file, corruptAlertThreshold: 0 });
    await database.load();
    expect(await database.count({ _id: /^\// })).to.equal(before.length);
  });

  it('does not happen when there is nothing to gain', async () => {
    const store = await startedStore(directory.path, { compactionMinimum: 16 * 1024 });
    const { ino } = statSync(file);
    for (let i = 0; i < 60; i++) await put(store, `pod-${i}`, 'one', 1000);
    await store.stop();
    const again = await startedStore(directory.path, { compactionMinimum: 16 * 1024 });
    expect(await names(again)).to.have.length(60);
    await again.stop();
    expect(statSync(file).ino).to.equal(ino);
  });

  it('is given up by a stop, which leaves the file as it was', async () => {
    const store = await startedStore(directory.path, { compactionMinimum: 64 * 1024 });
    for (let i = 0; i < 30; i++) await put(store, `kept-${i}`, 'one', 1000);
    const { ino } = statSync(file);
    await Promise.all(Array.from({ length: 150 }, (_, i) => put(store, `changed-${i % 5}`, String(i), 1000)));
    await store.stop();
    expect(readdirSync(directory.path)).to.deep.equal(['store.db']);
    expect(statSync(file).ino).to.equal(ino);
    const again = await startedStore(directory.path);
    expect(await again.count('/')).to.equal(35);
    await again.stop();
  });
});
