// A log that is read while it is put aside: nothing of it comes twice.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { logLines } from '../../../edge-agent/runtime/log-files.ts';

describe('a log that is followed', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kelp-logs-'));
    path = join(folder, '0.log');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** As conmon: the one before is gone if nobody gave it another name. */
  function begin(text: string): void {
    writeFileSync(`${path}.new`, `${text}\n`);
    renameSync(`${path}.new`, path);
  }

  it('goes on in the next file, also where its own was gone before it got a number', async () => {
    writeFileSync(`${path}.1`, 'one\n');
    begin('two');
    const steps = [
      () => begin('three'),
      () => renameSync(path, `${path}.2`),
      () => begin('four'),
      () => begin('five'),
      () => rmSync(`${path}.1`),
      () => begin('six'),
    ];
    const stillRuns = async () => {
      steps.shift()?.();
      return steps.length > 0;
    };
    const seen: string[] = [];
    for await (const lines of logLines(path, undefined, stillRuns, new AbortController().signal))
      seen.push(...lines.toString().trim().split('\n'));
    expect([...new Set(seen)], 'nothing twice').to.deep.equal(seen);
    expect(
      [...seen].sort((a, b) => order.indexOf(a) - order.indexOf(b)),
      'in order',
    ).to.deep.equal(seen);
    expect(seen).to.include.members(['one', 'two', 'three', 'six']);
  });
});

const order = ['one', 'two', 'three', 'four', 'five', 'six'];
