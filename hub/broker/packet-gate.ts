// Follows MQTT's framing in a stream of bytes, to say at a packet's first bytes that it will be too long: aedes would
// collect it whole.

/** Answers for each chunk whether it may be passed on. */
export class PacketGate {
  private readonly limit: number;
  /** Bytes of the current packet's body that are still to come; -1: its length is being read. */
  private remaining = -1;
  private lengthBytes = 0;
  private length = 0;
  private inHeader = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** The length in bytes of a packet that begins in this chunk and is too long; 0: none is. */
  refuses(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length) {
      if (this.remaining >= 0) {
        const step = Math.min(this.remaining, chunk.length - at);
        at += step;
        this.remaining -= step;
        if (this.remaining === 0) this.remaining = -1;
        continue;
      }
      if (!this.inHeader) {
        this.inHeader = true; // the packet's type and flags
        at += 1;
        continue;
      }
      this.readLength(chunk[at] ?? 0);
      at += 1;
      if (this.remaining > this.limit) return this.remaining;
    }
    return 0;
  }

  /** Section 2.2.3: seven bits a byte, the lowest first, at most four bytes (the parser refuses more). */
  private readLength(byte: number): void {
    this.length += (byte & 0x7f) * 128 ** this.lengthBytes;
    this.lengthBytes += 1;
    if (byte & 0x80 && this.lengthBytes < 4) return;
    this.remaining = this.length === 0 ? -1 : this.length;
    this.length = 0;
    this.lengthBytes = 0;
    this.inHeader = false;
  }
}
