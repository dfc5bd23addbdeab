// Reads the datafile back: the objects, and where the last whole commit ends. Damage stops it; nothing is changed here.

import type { FileHandle } from 'node:fs/promises';
import { EntrySharing } from '../../../shared/machinery/apply/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { asLive } from '../live.ts';
import { type Key, StoreError } from '../store.ts';
import type { StoredText } from '../stored-text.ts';
import { type TextReader, Unread } from '../unread.ts';
import { LineSizes } from './line-sizes.ts';
import { type Line, readLines } from './read-lines.ts';
import { type DecodedLine, decodeLine, type FileRecord, type HeaderRecord } from './record.ts';
import { DoubtfulTail, withoutTrailingZeros } from './tail.ts';

export interface Replay {
  header: HeaderRecord;
  /** No commit was given a greater revision. */
  revision: number;
  objects: Map<Key, Live | Unread>;
  sizes: LineSizes;
  /** Where the last whole commit ends. What lies behind it was never answered. */
  length: number;
  /** Part of a commit lies behind it, not just what was reserved. */
  torn: boolean;
}

/** Throws 'unusable' for a file that is damaged, or not a datafile. */
export async function replay(handle: FileHandle, path: string, text: StoredText): Promise<Replay> {
  const replayer = new Replayer(path, text);
  for await (const lines of readLines(handle)) {
    for (const line of lines) replayer.take(line);
  }
  return replayer.result();
}

class Replayer {
  private readonly path: string;
  private readonly reader: TextReader;
  private readonly objects = new Map<Key, Live | Unread>();
  private readonly sizes = new LineSizes();
  private header: HeaderRecord | undefined;
  private highest = 0;
  private length = 0;
  /** The lines of a commit whose last line has not come yet. */
  private open: { record: FileRecord; bytes: number }[] = [];
  private doubt: DoubtfulTail | undefined;

  constructor(path: string, text: StoredText) {
    this.path = path;
    this.reader = readerOf(text);
  }

  take(line: Line): void {
    if (!line.ended && withoutTrailingZeros(line.bytes).length === 0) return;
    const decoded = line.ended && !this.doubt ? this.decode(line) : undefined;
    if (decoded) this.takeDecoded(line, decoded);
    else if (this.doubt) this.doubt.look(line);
    else this.doubt = new DoubtfulTail(line);
  }

  private takeDecoded(line: Line, decoded: DecodedLine): void {
    this.open.push({ record: decoded.record, bytes: line.bytes.length + 1 });
    if (decoded.more > 0) return;
    for (const { record, bytes } of this.open) this.apply(record, bytes);
    this.open = [];
    this.length = line.at + line.bytes.length + 1;
  }

  result(): Replay {
    if (this.doubt && !this.doubt.isTorn) throw this.damaged(this.doubt.at);
    if (!this.header) {
      throw new StoreError(
        'unusable',
        `${this.path} is not a Kelp store: it has no header. Move it aside, or restore a backup with 'kelp restore --force FILE'.`,
      );
    }
    const { objects, sizes, header, length } = this;
    const torn = this.doubt !== undefined || this.open.length > 0;
    return { header, objects, sizes, length, torn, revision: Math.max(header.reserved, this.highest) };
  }

  private decode(line: Line): DecodedLine | undefined {
    try {
      return decodeLine(line.bytes);
    } catch (cause) {
      throw this.unknown(line.at, cause);
    }
  }

  private apply(record: FileRecord, bytes: number): void {
    if (record.type === 'header') {
      this.header = record;
      return;
    }
    this.highest = Math.max(this.highest, record.revision);
    if (record.type === 'delete') {
      this.objects.delete(record.key);
      this.sizes.delete(record.key);
    } else {
      this.objects.set(record.key, this.found(record));
      this.sizes.set(record.key, bytes);
    }
  }

  /** What is sealed is opened at once: a key that is missing stops the start. */
  private found({ key, revision, text }: Extract<FileRecord, { type: 'put' }>): Live | Unread {
    return text.startsWith('{') ? new Unread(revision, text, this.reader) : this.reader.read(key, text);
  }

  private damaged(at: number): StoreError {
    return new StoreError(
      'unusable',
      `${this.path} is damaged at byte ${at}: the record there does not match its checksum. Nothing was changed. ` +
        `Check the disk, then restore a backup with 'kelp restore --force FILE'. Without one, keep a copy of the file and cut it ` +
        `with 'truncate --size=${this.length} ${this.path}': that keeps everything before the damage and loses everything after it.`,
    );
  }

  private unknown(at: number, cause: unknown): StoreError {
    return new StoreError(
      'unusable',
      `${this.path} has a record at byte ${at} that this version cannot read. Start the version that wrote it, ` +
        `or restore a backup with 'kelp restore --force FILE'.`,
      undefined,
      { cause },
    );
  }
}

function readerOf(text: StoredText): TextReader {
  const sharing = new EntrySharing();
  return {
    read: (key, stored) => {
      const object = text.decode(key, stored);
      sharing.share(object);
      return asLive(object);
    },
  };
}
