// Zeros behind the end of the datafile, for small appends to go into. An append that makes the file longer has the file
// system write its own books with every sync: on ext4 a put of 1 KiB then costs the device 20 KiB and two flushes instead
// of 5 KiB and one. Large appends are better off without.

export interface ZeroReserveOptions {
  /** Resolves when the bytes are on disk. */
  write(bytes: Buffer, position: number): Promise<void>;
}

const smallAppend = 8 * 1024;
/** Bytes reserved at once, when less than half of that is left. */
const chunk = 256 * 1024;

export class ZeroReserve {
  private readonly write: ZeroReserveOptions['write'];
  /** Zeros are there up to here. */
  private end = 0;
  private growing: Promise<void> | undefined;
  private refused = false;

  constructor({ write }: ZeroReserveOptions) {
    this.write = write;
  }

  /** Resolves when an append up to `position` cannot meet zeros that are being written. */
  async admit(position: number): Promise<void> {
    if (position > this.end) await this.growing;
  }

  /** After an append of so many bytes, which made the file's end: sees to it that more of that kind fit. */
  appended(bytes: number, fileEnd: number): void {
    if (bytes > smallAppend || this.growing || this.refused) return;
    if (this.end - fileEnd < chunk / 2) this.growing = this.grow(Math.max(this.end, fileEnd));
  }

  /** Whether there is something behind that end of the file. Waits for what is being written. */
  async reachesBehind(fileEnd: number): Promise<boolean> {
    await this.growing;
    return this.end > fileEnd;
  }

  private async grow(from: number): Promise<void> {
    try {
      await this.write(Buffer.alloc(chunk), from);
    } catch {
      // A disk that has no room for zeros may still have it for an append, whose error counts.
      this.refused = true;
    }
    this.end = from + chunk;
    this.growing = undefined;
  }
}
