// The wire format of protobuf: tags, varints, and lengths that are checked against what is there.

const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

export type WireValue = bigint | Buffer;

/** The fields of a message in order: number and value. Throws RangeError where the bytes do not add up. */
export function* fieldsOf(message: Buffer): Generator<[number, WireValue]> {
  let at = 0;

  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number has no end');
  }

  function bytes(length: number): Buffer {
    if (length > message.length - at) throw new RangeError('a field is longer than its message');
    at += length;
    return message.subarray(at - length, at);
  }

  while (at < message.length) {
    const tag = Number(varint());
    switch (tag & 7) {
      case wireTypes.varint:
        yield [tag >>> 3, varint()];
        break;
      case wireTypes.bytes:
        yield [tag >>> 3, bytes(Number(varint()))];
        break;
      case wireTypes.fixed64:
        yield [tag >>> 3, bytes(8)];
        break;
      case wireTypes.fixed32:
        yield [tag >>> 3, bytes(4)];
        break;
      default:
        throw new RangeError(`wire type ${tag & 7} is not used by Kubernetes`);
    }
  }
}
