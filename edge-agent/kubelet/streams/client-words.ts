// What the other side of a command's stream says: stdin and its end, and the size of the terminal.

import type { Duplex, Writable } from 'node:stream';
import type { Clock } from '../../../shared/base/index.ts';
import { type ChannelMessage, channelMessages, channels, writeTo } from '../../../shared/bus/index.ts';
import { isRecord } from '../../../shared/machinery/index.ts';
import type { TerminalSize } from '../../runtime/index.ts';

interface Terminal {
  resize(columns: number, rows: number): void;
}

const largest = 10_000;

export class ClientWords {
  private readonly messages: AsyncGenerator<ChannelMessage>;
  private readonly first: Promise<IteratorResult<ChannelMessage, void>>;

  constructor(stream: Duplex) {
    this.messages = channelMessages(stream);
    this.first = this.messages.next();
    this.first.catch(() => {}); // `hear` sees that the stream is cut
  }

  /** The terminal's, where that is the first word and comes in time: whoever has a terminal says it at once. */
  async size(clock: Clock, withinMs: number): Promise<TerminalSize | undefined> {
    const inTime = new AbortController();
    const late = clock.sleep(withinMs, inTime.signal).catch(() => undefined);
    try {
      const word = await Promise.race([this.first, late]);
      return word?.value ? sizeIn(word.value) : undefined;
    } catch {
      return undefined;
    } finally {
      inTime.abort();
    }
  }

  /** Until the other side says nothing more; never rejects. */
  async hear(stdin: Writable | undefined, terminal: Terminal): Promise<void> {
    try {
      for (let word = await this.first; !word.done; word = await this.messages.next()) {
        const { channel, bytes } = word.value;
        const size = sizeIn(word.value);
        if (size) terminal.resize(size.columns, size.rows);
        else if (channel === channels.close) stdin?.end();
        else if (channel === channels.stdin && stdin && bytes.length > 0) {
          // Who has ended, or closed its stdin, is told nothing more; the rest is read all the same.
          await writeTo(stdin, bytes).catch(() => {});
        }
      }
      stdin?.end();
    } catch {
      // The stream is cut, which ends the command: serve… sees to that.
    }
  }
}

/** Undefined: it speaks of something else, or of no size. */
function sizeIn({ channel, bytes }: ChannelMessage): TerminalSize | undefined {
  if (channel !== channels.resize) return undefined;
  let size: unknown;
  try {
    size = JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
  // Go reads keys in any case, and the JavaScript client writes these small.
  const entries = Object.entries(isRecord(size) ? size : {});
  const sides = new Map(entries.map(([key, value]) => [key.toLowerCase(), value]));
  const [columns, rows] = [sides.get('width'), sides.get('height')];
  return isSize(columns) && isSize(rows) ? { columns, rows } : undefined;
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < largest;
}
