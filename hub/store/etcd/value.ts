// What stands under a key in etcd: the object's text, then a line with the mark of the commit that wrote it. The mark
// tells a hub whose answer was lost whether its commit was carried out.

export interface Value {
  text: string;
  /** `''` for what no hub wrote. */
  mark: string;
}

export function encodeValue({ text, mark }: Value): Buffer {
  return Buffer.from(`${text}\n${JSON.stringify(mark)}`);
}

export function decodeValue(bytes: Buffer): Value {
  const value = bytes.toString();
  const [, mark] = /\n"([0-9a-z-]+)"$/.exec(value.slice(-40)) ?? [];
  if (mark === undefined) return { text: value, mark: '' };
  return { text: value.slice(0, -(mark.length + 3)), mark };
}
