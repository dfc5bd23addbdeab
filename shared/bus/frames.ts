// Frames of a stream over a pair of topics: one byte of type, then the payload. Both ends speak the same.

const types = { open: 1, accept: 2, refuse: 3, data: 4, credit: 5, end: 6, close: 7 } as const;

export type Frame =
  /** hub → agent: JSON of what is wanted. */
  | { type: 'open'; request: unknown }
  | { type: 'accept' }
  /** agent → hub: instead of `accept`. */
  | { type: 'refuse'; status: unknown }
  | { type: 'data'; bytes: Buffer }
  /** So many bytes more may be sent. */
  | { type: 'credit'; bytes: number }
  /** This side says nothing more. */
  | { type: 'end' }
  /** The stream is over, in both directions; `status` where it ended in an error. */
  | { type: 'close'; status?: unknown };

export function encodeFrame(frame: Frame): Buffer {
  return Buffer.concat([Buffer.of(types[frame.type]), bodyOf(frame)]);
}

function bodyOf(frame: Frame): Buffer {
  switch (frame.type) {
    case 'open':
      return json(frame.request);
    case 'refuse':
      return json(frame.status);
    case 'close':
      return frame.status === undefined ? Buffer.alloc(0) : json(frame.status);
    case 'data':
      return frame.bytes;
    case 'credit': {
      const body = Buffer.alloc(4);
      body.writeUInt32BE(frame.bytes);
      return body;
    }
    case 'accept':
    case 'end':
      return Buffer.alloc(0);
  }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Undefined: malformed. */
export function decodeFrame(payload: Buffer): Frame | undefined {
  const body = payload.subarray(1);
  switch (payload[0]) {
    case types.open:
      return withJson(body, (request) => ({ type: 'open', request }));
    case types.accept:
      return { type: 'accept' };
    case types.refuse:
      return withJson(body, (status) => ({ type: 'refuse', status }));
    case types.data:
      return { type: 'data', bytes: body };
    case types.credit:
      return body.length === 4 ? { type: 'credit', bytes: body.readUInt32BE() } : undefined;
    case types.end:
      return { type: 'end' };
    case types.close:
      return body.length === 0 ? { type: 'close' } : withJson(body, (status) => ({ type: 'close', status }));
    default:
      return undefined;
  }
}

function withJson(body: Buffer, make: (value: unknown) => Frame): Frame | undefined {
  try {
    return make(JSON.parse(body.toString('utf8')));
  } catch {
    return undefined; // not JSON: malformed like any other
  }
}
