// kill -9 at any moment: every commit that was answered is there, and none in part.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { imageOf, podKey, startedStore, temporaryDirectory } from '../../contract/store-world.ts';
import { endProcess } from '../../support/end-process.ts';
import type { Answered } from './writer.ts';

const rounds = process.env.KELP_NIGHTLY ? 200 : 20;
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

describe('the embedded store and kill -9', () => {
  let directory: { path: string; remove(): void };
  let writer: ChildProcess | undefined;

  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(async () => {
    await endProcess(writer);
    directory.remove();
  });

  it(`loses nothing in ${rounds} rounds`, async function () {
    this.timeout(rounds * 5_000);
    let epoch = '';
    let newest = 0;
    let next = 1;
    for (let round = 0; round < rounds; round++) {
      const answered = await writeUntilKilled(next, 20 + ((round * 37) % 150));
      expect(answered.length, 'commits before the kill').to.be.greaterThan(0);
      newest = Math.max(newest, ...answered.map(({ revision }) => revision));
      const store = await startedStore(directory.path);
      try {
        expect(store.revision).to.be.at.least(newest);
        expect(epoch || store.epoch).to.equal(store.epoch);
        epoch = store.epoch;
        newest = store.revision;
        for (let writer = 0; writer < 4; writer++) {
          const numbers = await Promise.all(
            ['left', 'right'].map(async (side) =>
              Number(imageOf(await store.get(podKey(`${side}-${writer}`)))),
            ),
          );
          const lastAnswered = answered.filter((answer) => answer.writer === writer).at(-1)?.number;
          expect(numbers[0], 'both or none').to.equal(numbers[1]);
          if (lastAnswered !== undefined) expect(numbers[0]).to.be.at.least(lastAnswered);
          expect(await store.get(podKey(`volatile-${writer}`))).to.equal(undefined);
        }
      } finally {
        await store.stop();
      }
      expect(readdirSync(directory.path)).to.deep.equal(['store.db']);
      next += 10_000;
    }
  });

  /** Lets a writer work for some commits, kills it, and answers what it was answered. */
  async function writeUntilKilled(first: number, commits: number): Promise<Answered[]> {
    const program = new URL(`./writer.${extension}`, import.meta.url).pathname;
    const child = fork(program, [directory.path, String(first)]);
    writer = child;
    const answered: Answered[] = [];
    child.on('message', (message: Answered | 'started') => {
      if (message !== 'started') answered.push(message);
      if (answered.length === commits) child.kill('SIGKILL');
    });
    // The channel ends after the last message that the process got out.
    await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
    expect(child.signalCode).to.equal('SIGKILL');
    return answered;
  }
});
