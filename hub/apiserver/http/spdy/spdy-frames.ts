// Frames of SPDY/3.1 as bytes (draft-mbelshe-httpbis-spdy-00, 2.2): what port forwarding needs of them. Header blocks stay
// compressed here.

const version = 3;
const types = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7, headers: 8 } as const;
const fin = 1;
const headLength = 8;
/** Bytes of one frame that is taken; longer ones are no client's of ours. */
const longestFrame = 1024 * 1024;

export type SpdyFrame =
  | { type: 'data'; stream: number; bytes: Buffer; fin: boolean }
  | { type: 'synStream'; stream: number; block: Buffer; fin: boolean }
  | { type: 'synReply'; stream: number; block: Buffer; fin: boolean }
  | { type: 'headers'; stream: number; block: Buffer; fin: boolean }
  | { type: 'rstStream'; stream: number; status: number }
  | { type: 'ping'; id: number }
  | { type: 'goAway'; lastStream: number }
  /** SETTINGS, WINDOW_UPDATE and whatever is unknown: nobody who forwards ports acts on them. */
  | { type: 'other' };

/** Cuts frames out of bytes that come in any pieces. */
export class SpdyFrameReader {
  private rest: Buffer = Buffer.alloc(0);

  /** The frames that are complete now. Throws for what is not SPDY/3. */
  take(bytes: Buffer): SpdyFrame[] {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const frames: SpdyFrame[] = [];
    while (this.rest.length >= headLength) {
      const length = this.rest.readUIntBE(5, 3);
      if (length > longestFrame) throw new RangeError(`a frame of ${length} bytes`);
      if (this.rest.length < headLength + length) break;
      frames.push(
        parse(this.rest.subarray(0, headLength), this.rest.subarray(headLength, headLength + length)),
      );
      this.rest = this.rest.subarray(headLength + length);
    }
    return frames;
  }
}

function parse(head: Buffer, body: Buffer): SpdyFrame {
  const first = head.readUInt32BE(0);
  const ends = ((head[4] ?? 0) & fin) !== 0;
  if (first < 0x80000000) return { type: 'data', stream: first, bytes: body, fin: ends };
  if (((first >>> 16) & 0x7fff) !== version) throw new RangeError('a frame of another version of SPDY');
  const stream = () => body.readUInt32BE(0) & 0x7fffffff;
  switch (first & 0xffff) {
    case types.synStream:
      return { type: 'synStream', stream: stream(), block: body.subarray(10), fin: ends };
    case types.synReply:
      return { type: 'synReply', stream: stream(), block: body.subarray(4), fin: ends };
    case types.headers:
      return { type: 'headers', stream: stream(), block: body.subarray(4), fin: ends };
    case types.rstStream:
      return { type: 'rstStream', stream: stream(), status: body.readUInt32BE(4) };
    case types.ping:
      return { type: 'ping', id: body.readUInt32BE(0) };
    case types.goAway:
      return { type: 'goAway', lastStream: stream() };
    default:
      return { type: 'other' };
  }
}

export function encodeSpdyFrame(frame: Exclude<SpdyFrame, { type: 'other' }>): Buffer {
  switch (frame.type) {
    case 'data':
      return framed(frame.stream, frame.fin, frame.bytes);
    case 'synStream': // priority and credential slot are not used
      return control(
        types.synStream,
        frame.fin,
        uint32(frame.stream),
        uint32(0),
        Buffer.alloc(2),
        frame.block,
      );
    case 'synReply':
      return control(types.synReply, frame.fin, uint32(frame.stream), frame.block);
    case 'headers':
      return control(types.headers, frame.fin, uint32(frame.stream), frame.block);
    case 'rstStream':
      return control(types.rstStream, false, uint32(frame.stream), uint32(frame.status));
    case 'ping':
      return control(types.ping, false, uint32(frame.id));
    case 'goAway':
      return control(types.goAway, false, uint32(frame.lastStream), uint32(0));
  }
}

function control(type: number, ends: boolean, ...body: Buffer[]): Buffer {
  return framed((0x8000 | version) * 0x10000 + type, ends, Buffer.concat(body));
}

function framed(first: number, ends: boolean, body: Buffer): Buffer {
  const head = Buffer.alloc(headLength);
  head.writeUInt32BE(first);
  head.writeUInt8(ends ? fin : 0, 4);
  head.writeUIntBE(body.length, 5, 3);
  return Buffer.concat([head, body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
