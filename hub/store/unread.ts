// An object of which only the text was found yet. It is read when somebody asks for it: a start with many objects costs
// what reading lines costs, and what nobody asks for stays as small as its text.

import type { Live } from '../../shared/machinery/index.ts';
import type { Key } from './store.ts';

export interface TextReader {
  /** Frozen. */
  read(key: Key, text: string): Live;
}

export class Unread {
  readonly revision: number;
  readonly text: string;
  private readonly reader: TextReader;

  constructor(revision: number, text: string, reader: TextReader) {
    this.revision = revision;
    this.text = text;
    this.reader = reader;
  }

  read(key: Key): Live {
    return this.reader.read(key, this.text);
  }
}
