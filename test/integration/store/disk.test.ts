// Disks that fill up, turn read-only or alter what they hold: whatever was answered is there afterwards, or its loss is told.

import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  imageOf,
  names,
  nedbStore,
  pod,
  podKey,
  put,
  refusal,
  startedStore,
  temporaryDirectory,
} from '../../contract/store-world.ts';
import { skipWithout } from '../../support/cluster.ts';
import { SmallDisk } from '../../support/small-disk.ts';

const nightly = process.env.KELP_NIGHTLY !== undefined;

describe('the embedded store on a disk', function () {
  this.timeout(nightly ? 600_000 : 60_000);
  let disk: SmallDisk | undefined;
  let directory: ReturnType<typeof temporaryDirectory> | undefined;

  afterEach(() => {
    directory?.remove();
    directory = undefined;
    disk?.remove();
    disk = undefined;
  });

  it('that is full: stops cleanly, says so, and has everything again when there is room', async function () {
    disk = SmallDisk.inMemory(700);
    if (!disk) skipWithout(this, 'mount, as root', 'mount');
    const answered: string[] = [];
    for (let life = 0; life < 3; life++) {
      const store = await startedStore(disk.path);
      const writers = Array.from({ length: 4 }, (_, writer) => writeUntilRefused(`${life}-${writer}`));
      async function writeUntilRefused(prefix: string): Promise<void> {
        for (let number = 0; ; number++) {
          const pair = ['left', 'right'].map(
            (side) => `${prefix}-${String(number).padStart(4, '0')}-${side}`,
          );
          try {
            await store.commit(pair.map((name) => ({ key: podKey(name), object: pod(name, 'full', 1_500) })));
            answered.push(...pair);
          } catch {
            return;
          }
        }
      }
      await Promise.all(writers);
      const failure = await store.failed;
      expect(failure.code).to.equal('unusable');
      expect(failure.message).to.contain('the disk is full');
      expect((await refusal(put(store, 'later'))).code).to.equal('closed');
      expect(await names(store)).to.deep.equal([...answered].sort());
      await store.stop();
      // The same again, on a disk that is still full: everything can be read.
      const full = await startedStore(disk.path);
      expect(await names(full)).to.deep.equal([...answered].sort());
      await full.stop();
      disk.resize(700 * (life + 2));
    }
    expect(answered.length).to.be.greaterThan(600);
  });

  it('that turns read-only: stops cleanly, and goes on where it was when it is writable', async function () {
    disk = SmallDisk.ext4(8);
    if (!disk) skipWithout(this, 'mkfs.ext4 and mount, as root', 'e2fsprogs');
    const store = await startedStore(disk.path);
    for (let i = 0; i < 20; i++) await put(store, `pod-${i}`);
    if (!disk.breakDown()) {
      await store.stop();
      return this.skip();
    }
    expect((await refusal(put(store, 'refused'))).code).to.equal('closed');
    expect((await store.failed).message).to.contain('read-only');
    expect(await store.count('/')).to.equal(20);
    await store.stop();
    disk.mend();
    // The lock stayed, and would count for nothing in another process.
    for (const name of readdirSync(disk.path).filter((file) => file.startsWith('store.lock'))) {
      rmSync(join(disk.path, name));
    }
    const again = await startedStore(disk.path);
    expect(await again.count('/')).to.equal(20);
    await put(again, 'more');
    await again.stop();
  });

  it('that is read-only from the beginning: does not start, and says why', async function () {
    disk = SmallDisk.inMemory(1_000);
    if (!disk) skipWithout(this, 'mount, as root', 'mount');
    await (await startedStore(disk.path)).stop();
    disk.readOnly();
    const error = await refusal(startedStore(disk.path));
    expect([error.code, error.message.includes('read-only')]).to.deep.equal(['unusable', true]);
  });

  it('that alters a bit anywhere: is told of it, or has lost nothing', async () => {
    directory = temporaryDirectory();
    const { path } = directory;
    const file = join(path, 'store.db');
    const expected = new Map<string, string>();
    const store = await startedStore(path, { compactionMinimum: 16 * 1024 });
    for (let i = 0; i < 120; i++) {
      const name = `pod-${i % 17}`;
      await put(store, name, String(i), (i * 37) % 400);
      expected.set(name, String(i));
    }
    // As after a kill: with what is reserved behind it.
    const whole = readFileSync(file);
    await store.stop();
    const used = statSync(file).size;
    let refused = 0;
    const rounds = nightly ? 3_000 : 150;
    for (let round = 0; round < rounds; round++) {
      const damaged = Buffer.from(whole);
      const at = randomInt(round % 5 === 0 ? whole.length : used);
      damaged[at] = (whole[at] ?? 0) ^ (1 << randomInt(8));
      writeFileSync(file, damaged);
      const altered = nedbStore(path);
      try {
        await altered.start();
        const { objects } = await altered.list('/');
        const found = objects.map((object) => [object.metadata.name, imageOf(object)]);
        expect(found, `bit in byte ${at} of ${used}`).to.deep.equal([...expected].sort());
        expect(at, 'a byte that counts').to.be.at.least(used);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'unusable')) throw error;
        refused += 1;
        expect(readFileSync(file).equals(damaged)).to.equal(true);
      } finally {
        await altered.stop();
      }
    }
    expect(refused).to.be.greaterThan(rounds / 2);
  });
});
