// kill -9 at any moment: what the agent has acknowledged is on its disk.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { DesiredCopy } from '../../../edge-agent/link/index.ts';
import { createLog } from '../../../shared/base/index.ts';
import { endProcess } from '../../support/end-process.ts';
import type { SavedBatch } from './copy-writer.ts';

const rounds = process.env.KELP_NIGHTLY ? 100 : 8;
const fromSource = import.meta.url.endsWith('.ts');
const writer = fileURLToPath(new URL(`./copy-writer.${fromSource ? 'ts' : 'js'}`, import.meta.url));

describe('the copy of the desired state and kill -9', () => {
  let directory: string;
  let child: ChildProcess | undefined;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kelp-copy-'));
  });
  afterEach(async () => {
    await endProcess(child);
    await rm(directory, { recursive: true });
  });

  it(`has all that was saved, in ${rounds} rounds`, async function () {
    this.timeout(rounds * 8_000);
    const saved = new Map<string, string | null>();
    let next = 0;
    for (let round = 0; round < rounds; round += 1) {
      const batches = await saveUntilKilled(next, 10 + ((round * 53) % 170));
      for (const batch of batches)
        for (const [uid, version] of Object.entries(batch)) saved.set(uid, version);
      next += batches.length;
      if (round % 2) await appendFile(join(directory, 'desired.db'), '{"_id":"pods/torn","revisi');
      const copy = new DesiredCopy({ directory, log: createLog('test', 'fatal') });
      await copy.open();
      const versions = copy.versions();
      await copy.close();
      const after = batchAfter(next);
      for (const [uid, version] of saved) {
        // The batch under way when it was killed may be there, in part: nobody was told of it.
        if (versions[uid] !== (version ?? undefined))
          expect(after, `${uid} in round ${round}`).to.include(uid);
      }
      for (const uid of Object.keys(versions)) saved.set(uid, versions[uid] ?? null);
      for (const uid of saved.keys()) if (!versions[uid]) saved.set(uid, null);
      next += 1_000;
    }
  });

  /** Uids that the writer's batch of that number touches. */
  function batchAfter(number: number): string[] {
    return Array.from({ length: 1 + (number % 4) }, (_, pod) => `uid-${(number * 7 + pod) % 23}`);
  }

  /** Lets a writer save so many batches, kills it, and answers what it had saved. */
  async function saveUntilKilled(first: number, count: number): Promise<SavedBatch[]> {
    const batches: SavedBatch[] = [];
    const started = fork(writer, [directory, String(first)], {
      execArgv: fromSource ? ['--import', 'tsx'] : [],
    });
    child = started;
    started.on('message', (batch: SavedBatch) => {
      batches.push(batch);
      if (batches.length === count) started.kill('SIGKILL');
    });
    await once(started, 'close');
    expect(batches.length).to.be.at.least(count);
    return batches;
  }

  it('lets no second process at it, until the first is gone', async () => {
    const first = new DesiredCopy({ directory, log: createLog('test', 'fatal') });
    const second = new DesiredCopy({ directory, log: createLog('test', 'fatal') });
    await first.open();
    const outcome = await second.open().then(
      () => 'opened',
      (error: Error) => error.message,
    );
    expect(outcome).to.equal(`${directory} is in use by another agent: stop that one first`);
    await first.close();
    await second.open();
    await second.close();
  });
});
