// The events of a watch as bytes for the connection: a chunk of HTTP/1.1 each, made once for all who watch. Hearing of
// one change may concern hundreds; encoding and framing it for each of them would cost more than sending it.

import { isRecord } from '../../../shared/machinery/index.ts';
import type { JsonTexts } from '../serialise.ts';

/** Of the newest events, which watchers hear of at about the same time. */
const keptBytes = 1024 * 1024;

/** Ends a body that is sent in chunks. */
export const lastChunk = Buffer.from('0\r\n\r\n');

interface Frame {
  /** What the event says of its object. */
  type: unknown;
  bytes: Buffer;
}

export class WatchFrames {
  private readonly texts: JsonTexts;
  /** By object, oldest first. */
  private readonly frames = new Map<object, Frame>();
  private size = 0;

  constructor(texts: JsonTexts) {
    this.texts = texts;
  }

  /** The event's line as a chunk. */
  chunk(event: unknown): Buffer {
    if (!isRecord(event) || !isRecord(event.object) || !Object.isFrozen(event.object))
      return framed(this.texts.event(event));
    const { type, object } = event;
    const known = this.frames.get(object);
    if (known && known.type === type) return known.bytes;
    const bytes = framed(this.texts.event(event));
    if (!known) this.keep(object, { type, bytes });
    return bytes;
  }

  private keep(object: object, frame: Frame): void {
    this.frames.set(object, frame);
    this.size += frame.bytes.length;
    for (const [oldest, { bytes }] of this.frames) {
      if (this.size <= keptBytes) return;
      this.frames.delete(oldest);
      this.size -= bytes.length;
    }
  }
}

function framed(line: string): Buffer {
  const length = Buffer.byteLength(line);
  return Buffer.from(`${length.toString(16)}\r\n${line}\r\n`);
}
