// One process at a time in a data directory, and none that is dead.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { refusal, startedStore, temporaryDirectory } from '../../contract/store-world.ts';
import { endProcess } from '../../support/end-process.ts';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

describe('the embedded store’s directory', () => {
  let directory: { path: string; remove(): void };
  let other: ChildProcess | undefined;

  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(async () => {
    await endProcess(other);
    directory.remove();
  });

  async function otherProcess(): Promise<ChildProcess> {
    const program = new URL(`./writer.${extension}`, import.meta.url).pathname;
    other = fork(program, [directory.path, '0']);
    await once(other, 'message');
    return other;
  }

  function lockFile(): string {
    const [name = ''] = readdirSync(directory.path).filter((file) => file.startsWith('store.lock'));
    return join(directory.path, name);
  }

  it('is refused while another process has it, naming that one, and free when that one was killed', async () => {
    const holder = await otherProcess();
    const error = await refusal(startedStore(directory.path));
    expect(error.code).to.equal('unusable');
    expect(error.message).to.contain(`in use by process ${holder.pid}`);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const store = await startedStore(directory.path);
    await store.stop();
    expect(readdirSync(directory.path)).to.deep.equal(['store.db']);
  });

  it('is refused to a second store of this process', async () => {
    const store = await startedStore(directory.path);
    expect((await refusal(startedStore(directory.path))).message).to.contain(
      `in use by process ${process.pid}`,
    );
    await store.stop();
    await (await startedStore(directory.path)).stop();
  });

  it('goes to exactly one of two that start at once', async () => {
    const starts = await Promise.allSettled([startedStore(directory.path), startedStore(directory.path)]);
    const started = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    expect(started).to.have.length(1);
    await started[0]?.stop();
  });

  it('is free when a living process only has the id of the one that was killed', async () => {
    const store = await startedStore(directory.path);
    const [, , , , boot] = lockFile().split('.').slice(-5);
    await store.stop();
    // This process' parent lives, but did not start one tick after the boot.
    writeFileSync(join(directory.path, `store.lock.${process.ppid}.1.${boot}`), '');
    await (await startedStore(directory.path)).stop();
  });

  it('is free after a reboot, whatever runs under the old id', async () => {
    const store = await startedStore(directory.path);
    const path = lockFile();
    const content = readFileSync(path);
    await store.stop();
    const earlierBoot = path.replace(/[0-9a-f]+$/, '0123456789abcdef');
    writeFileSync(`${path}.kept`, content);
    renameSync(`${path}.kept`, earlierBoot);
    await (await startedStore(directory.path)).stop();
    expect(readdirSync(directory.path)).to.deep.equal(['store.db']);
  });

  it('is free again after a start that failed', async () => {
    writeFileSync(join(directory.path, 'store.db'), 'no store\n');
    await refusal(startedStore(directory.path));
    expect(readdirSync(directory.path)).to.deep.equal(['store.db']);
  });
});
