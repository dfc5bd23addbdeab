// Writes the datafile anew without what is out of date, in slices between which everything else goes on.
//
//   draft:  header · the current line of each key, slice by slice · what was appended meanwhile
//
// A line may be newer than the moment of the start: whatever changed since then comes again with what was appended,
// and the last line of a key counts. Writes wait only while the last few appends are copied and the files change places.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../../shared/base/index.ts';
import type { Key } from '../store.ts';
import type { Datafile, Draft } from './datafile.ts';
import { encodeLine, type HeaderRecord, type ObjectRecord } from './record.ts';

export interface Compaction {
  datafile: Datafile;
  header: HeaderRecord;
  keys: readonly Key[];
  clock: Clock;
  /** The key's line as of now; undefined: the file need not hold it. */
  current(key: Key): ObjectRecord | undefined;
  onLine(key: Key, bytes: number): void;
  /** Runs the task while nothing is appended. */
  betweenAppends(task: () => Promise<void>): Promise<void>;
  /** Called when the new file has taken the old one's place: an error after that leaves it open which of them is there after a power cut. */
  onSwitched(): void;
  signal: AbortSignal;
}

/** Milliseconds and bytes of a slice. */
const sliceTime = 4;
const sliceBytes = 128 * 1024;
/** Bytes between two syncs: an append's own sync may have to wait for that much. */
const syncEvery = 256 * 1024;
/** Milliseconds: after a sync the disk is left to others for as long as it took, at most so long. */
const longestRest = 50;
/** Bytes that may be copied while appends wait. */
const lastCopy = 64 * 1024;

/** Rejects, with the old file in place, when the disk refuses or the signal asks to stop. */
export async function compact(work: Compaction): Promise<void> {
  const { datafile } = work;
  const from = datafile.length;
  const draft = await datafile.draft();
  let inPlace = false;
  try {
    const output = new SyncedOutput(draft, work);
    await output.append(Buffer.from(encodeLine(work.header)));
    await writeLines(work, output);
    const copied = await catchUp(datafile, from, output);
    await draft.sync();
    let closeOutdated = async () => {};
    await work.betweenAppends(async () => {
      if (datafile.length > copied) {
        await copyRange(datafile, copied, datafile.length, output);
        await draft.sync();
      }
      closeOutdated = await datafile.replaceWith(draft, () => {
        inPlace = true;
        work.onSwitched();
      });
    });
    await closeOutdated();
  } catch (error) {
    if (!inPlace) await draft.discard();
    throw error;
  }
}

async function writeLines({ keys, current, onLine, clock }: Compaction, output: SyncedOutput): Promise<void> {
  for (let next = 0; next < keys.length; ) {
    const slice: Buffer[] = [];
    const until = clock.monotonic() + sliceTime;
    for (let bytes = 0; next < keys.length && bytes < sliceBytes && clock.monotonic() < until; next++) {
      const key = keys[next];
      const record = key !== undefined && current(key);
      if (!record) continue;
      const line = Buffer.from(encodeLine(record));
      slice.push(line);
      bytes += line.length;
      onLine(record.key, line.length);
    }
    await output.append(Buffer.concat(slice));
    await nextTurn();
  }
}

/** Copies what was appended since `position`, until little is left or appends are as fast as we; answers where it stopped. */
async function catchUp(datafile: Datafile, position: number, output: SyncedOutput): Promise<number> {
  let before = Number.POSITIVE_INFINITY;
  for (let from = position; ; ) {
    const left = datafile.length - from;
    if (left <= lastCopy || left > before / 2) return from;
    before = left;
    from = await copyRange(datafile, from, datafile.length, output);
  }
}

async function copyRange(
  datafile: Datafile,
  from: number,
  to: number,
  output: SyncedOutput,
): Promise<number> {
  for (let position = from; position < to; ) {
    const wanted = Math.min(sliceBytes, to - position);
    const { bytesRead, buffer } = await datafile.reader.read(Buffer.allocUnsafe(wanted), 0, wanted, position);
    if (bytesRead === 0) throw new Error(`${datafile.path} is shorter than what was written to it`);
    await output.append(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  return to;
}

/** Syncs as it goes, so that never much is left to do at once, and lets appends to the disk in between. */
class SyncedOutput {
  private readonly draft: Draft;
  private readonly work: Pick<Compaction, 'signal' | 'clock'>;
  private synced = 0;

  constructor(draft: Draft, work: Pick<Compaction, 'signal' | 'clock'>) {
    this.draft = draft;
    this.work = work;
  }

  async append(bytes: Buffer): Promise<void> {
    const { signal, clock } = this.work;
    signal.throwIfAborted();
    await this.draft.append(bytes);
    if (this.draft.length - this.synced < syncEvery) return;
    const began = clock.monotonic();
    await this.draft.sync();
    this.synced = this.draft.length;
    const rest = Math.min(longestRest, clock.monotonic() - began);
    if (rest > 0) await clock.sleep(rest, signal);
  }
}
