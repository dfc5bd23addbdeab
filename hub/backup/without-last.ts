// A stream whose last bytes mean something else than the rest: a checksum, a tag.

/** The chunks without the last `count` bytes of all; those come at the end, marked. */
export async function* withoutLast(
  count: number,
  first: Buffer,
  chunks: AsyncIterator<Buffer>,
): AsyncGenerator<{ bytes: Buffer; last: boolean }> {
  let held = first;
  try {
    for (;;) {
      if (held.length > count) {
        yield { bytes: held.subarray(0, held.length - count), last: false };
        held = held.subarray(held.length - count);
      }
      const { done, value } = await chunks.next();
      if (done) break;
      held = Buffer.concat([held, value]);
    }
    yield { bytes: held, last: true };
  } finally {
    await chunks.return?.();
  }
}
