// A disk that refuses: what was not written is not answered, not heard and not seen; the store says so and stops writing.

import { execFileSync } from 'node:child_process';
import {
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { listen, names, put, refusal, startedStore, temporaryDirectory } from '../../contract/store-world.ts';
import { settle } from '../../support/fake-clock.ts';
import type { Outcome } from './until-full.ts';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

describe('the embedded store on a disk that refuses', () => {
  let directory: { path: string; remove(): void };

  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => directory.remove());

  it('shows nothing of a commit that did not fit, and has all that were answered after a restart', async () => {
    const outcome = writeWithFileLimit(256);
    expect(outcome.answered.length).to.be.greaterThan(20);
    expect(outcome.refused.length).to.equal(6);
    expect(outcome.visible).to.deep.equal([...outcome.answered].sort());
    expect(outcome.heard.sort()).to.deep.equal([...outcome.answered].sort());
    expect(outcome.failedCode).to.equal('unusable');
    expect(outcome.failedMessage)
      .to.contain(join(directory.path, 'store.db'))
      .and.to.contain('file size limit');
    expect(outcome.laterCode).to.equal('closed');
    const store = await startedStore(directory.path);
    expect(await names(store)).to.deep.equal([...outcome.answered].sort());
    await store.stop();
  });

  it('answers, shows and tells nothing before it is synced', async () => {
    const store = await startedStore(directory.path);
    const ear = listen(store, '/');
    const gate = await interceptSync();
    try {
      const commit = put(store, 'a');
      await gate.reached;
      await settle();
      expect(statSync(join(directory.path, 'store.db')).size).to.be.greaterThan(300);
      expect(ear.heard()).to.deep.equal([]);
      expect(await names(store)).to.deep.equal([]);
      expect(await Promise.race([commit, Promise.resolve('not answered')])).to.equal('not answered');
      gate.let('pass');
      await commit;
      expect(ear.changes).to.have.length(1);
      expect(await names(store)).to.deep.equal(['a']);
    } finally {
      gate.restore();
      await store.stop();
    }
  });

  it('has its file open so that a write is on disk when it returns, also after a compaction', async () => {
    const store = await startedStore(directory.path, { compactionMinimum: 8 * 1024 });
    const file = join(directory.path, 'store.db');
    const { ino } = statSync(file);
    expect(flagsOf(file).map((flags) => flags & constants.O_DSYNC)).to.deep.equal([constants.O_DSYNC]);
    for (let i = 0; statSync(file).ino === ino && i < 1_000; i++) await put(store, 'a', String(i), 1_000);
    expect(statSync(file).ino).not.to.equal(ino);
    await put(store, 'b');
    expect(flagsOf(file).map((flags) => flags & constants.O_DSYNC)).to.deep.equal([constants.O_DSYNC]);
    await store.stop();
    expect(flagsOf(file)).to.deep.equal([]);
  });

  it('syncs once for all commits that came while it was busy', async () => {
    const store = await startedStore(directory.path);
    const gate = await interceptSync();
    try {
      const first = put(store, 'first');
      await gate.reached;
      const others = Array.from({ length: 50 }, (_, at) => put(store, `other-${at}`));
      gate.let('pass');
      await Promise.all([first, ...others]);
      expect(gate.syncs()).to.equal(2);
    } finally {
      gate.restore();
      await store.stop();
    }
  });

  it('lets a volatile commit pass without a sync', async () => {
    const store = await startedStore(directory.path);
    await put(store, 'a');
    const gate = await interceptSync();
    try {
      const object = { metadata: { name: 'n1' } };
      await store.commit([{ key: '/coordination.k8s.io/leases/kube-node-lease/n1', object, volatile: true }]);
      expect(gate.syncs()).to.equal(0);
    } finally {
      gate.restore();
      await store.stop();
    }
  });

  it('stops writing when a sync fails, and rejects all that waited', async () => {
    const store = await startedStore(directory.path);
    await put(store, 'kept');
    const gate = await interceptSync();
    try {
      const lost = refusal(put(store, 'lost'));
      await gate.reached;
      const waiting = refusal(put(store, 'waiting'));
      gate.let('fail');
      expect((await lost).code).to.equal('closed');
      expect((await waiting).code).to.equal('closed');
      const failure = await store.failed;
      expect(failure.code).to.equal('unusable');
      expect(failure.message).to.contain('the disk reports an error');
      expect((await refusal(put(store, 'later'))).code).to.equal('closed');
      expect(await names(store)).to.deep.equal(['kept']);
    } finally {
      gate.restore();
      await store.stop();
    }
    const again = await startedStore(directory.path);
    expect(await names(again)).to.deep.equal(['kept']);
    await again.stop();
  });

  it('says what is wrong with a path that cannot be a directory', async () => {
    const file = join(directory.path, 'file');
    writeFileSync(file, '');
    const error = await refusal(startedStore(join(file, 'store')));
    expect(error.code).to.equal('unusable');
    expect(error.message).to.contain(join(file, 'store')).and.to.contain('not a directory');
  });

  it('goes on with the larger file when a compaction fails', async () => {
    const store = await startedStore(directory.path, { compactionMinimum: 8 * 1024 });
    const inTheWay = join(directory.path, 'store.db.draft');
    mkdirSync(inTheWay);
    for (let i = 0; i < 40; i++) await put(store, 'a', String(i), 1000);
    expect(statSync(join(directory.path, 'store.db')).size).to.be.greaterThan(40_000);
    await store.stop();
    rmSync(inTheWay, { recursive: true });
    const again = await startedStore(directory.path);
    expect(await names(again)).to.deep.equal(['a']);
    await again.stop();
  });

  /** Runs a writer whose files may not grow beyond so many KiB, as on a full disk. */
  function writeWithFileLimit(kibibytes: number): Outcome {
    const program = new URL(`./until-full.${extension}`, import.meta.url).pathname;
    const script = `ulimit -f ${kibibytes}; exec "$0" "$@"`;
    const words = ['-c', script, process.execPath, ...process.execArgv, program, directory.path];
    return JSON.parse(execFileSync('bash', words, { encoding: 'utf8' }));
  }
});

/** How this process has that file open, as often as it has. */
function flagsOf(path: string): number[] {
  return readdirSync('/proc/self/fd')
    .filter((descriptor) => isOpenAt(descriptor, path))
    .map((descriptor) => {
      const [, flags = ''] =
        /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? [];
      return Number.parseInt(flags, 8);
    });
}

function isOpenAt(descriptor: string, path: string): boolean {
  const link = `/proc/self/fd/${descriptor}`;
  // The one that lists them is gone by now.
  return existsSync(link) && readlinkSync(link) === path;
}

interface SyncGate {
  /** The first synced write is done, but not told. */
  reached: Promise<void>;
  /** Tells the first, and all that follow, as done or failed. */
  let(outcome: 'pass' | 'fail'): void;
  syncs(): number;
  restore(): void;
}

/** Holds the answer to every write of this process, zeros excepted, until it is let go. */
async function interceptSync(): Promise<SyncGate> {
  const probe = await open('/dev/null');
  const prototype: FileHandle = Object.getPrototypeOf(probe);
  await probe.close();
  const original = prototype.write;
  let syncs = 0;
  let reach = () => {};
  let decide = (_outcome: 'pass' | 'fail') => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const decided = new Promise<'pass' | 'fail'>((resolve) => {
    decide = resolve;
  });
  async function held(this: FileHandle, bytes: Buffer, offset: number, length: number, position: number) {
    const result = await Reflect.apply(original, this, [bytes, offset, length, position]);
    if (bytes.every((byte) => byte === 0)) return result;
    syncs += 1;
    reach();
    if ((await decided) === 'fail') throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' });
    return result;
  }
  Object.defineProperty(prototype, 'write', { value: held, configurable: true, writable: true });
  return {
    reached,
    let: decide,
    syncs: () => syncs,
    restore: () => {
      Object.defineProperty(prototype, 'write', { value: original, configurable: true, writable: true });
      decide('pass');
    },
  };
}
