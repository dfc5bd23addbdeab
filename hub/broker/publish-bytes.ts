// A PUBLISH of QoS 0 as it goes over the wire (MQTT 3.1.1, section 3.3).

const publish = 0x30;
const retained = 0x01;

export function publishBytes(topic: string, payload: string | Buffer, retain: boolean): Buffer {
  const name = Buffer.from(topic);
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload;
  return Buffer.concat([
    Buffer.from([publish | (retain ? retained : 0), ...remainingLength(2 + name.length + body.length)]),
    Buffer.from([name.length >> 8, name.length & 0xff]),
    name,
    body,
  ]);
}

/** Section 2.2.3: seven bits a byte, the lowest first. */
function remainingLength(length: number): number[] {
  const bytes: number[] = [];
  let left = length;
  do {
    const byte = left & 0x7f;
    left >>>= 7;
    bytes.push(left > 0 ? byte | 0x80 : byte);
  } while (left > 0);
  return bytes;
}
