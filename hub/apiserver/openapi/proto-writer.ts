// Writes protocol buffers (proto3): just what the OpenAPI document needs. Absent and empty values are not written.

const varint = 0;
const fixed64 = 1;
const lengthDelimited = 2;

export class ProtoWriter {
  private readonly parts: Buffer[] = [];

  text(field: number, value: string | undefined): this {
    if (value) this.delimited(field, Buffer.from(value));
    return this;
  }

  texts(field: number, values: readonly string[] | undefined): this {
    for (const value of values ?? []) this.delimited(field, Buffer.from(value));
    return this;
  }

  flag(field: number, value: boolean | undefined): this {
    if (value) this.parts.push(varints((field << 3) | varint, 1));
    return this;
  }

  /** Whole numbers that are not negative; others are left out. */
  integer(field: number, value: number | undefined): this {
    if (value && value > 0 && Number.isSafeInteger(value))
      this.parts.push(varints((field << 3) | varint, value));
    return this;
  }

  double(field: number, value: number | undefined): this {
    if (!value) return this;
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.parts.push(varints((field << 3) | fixed64), bytes);
    return this;
  }

  /** A nested message; written even when it is empty, because its being there says something. */
  message(field: number, write: (writer: ProtoWriter) => void): this {
    const writer = new ProtoWriter();
    write(writer);
    return this.delimited(field, writer.finish());
  }

  finish(): Buffer {
    return Buffer.concat(this.parts);
  }

  private delimited(field: number, bytes: Buffer): this {
    this.parts.push(varints((field << 3) | lengthDelimited, bytes.length), bytes);
    return this;
  }
}

/** Whole numbers that are not negative, seven bits a byte. */
function varints(...values: number[]): Buffer {
  const bytes: number[] = [];
  for (let value of values) {
    while (value > 127) {
      bytes.push((value % 128) | 128);
      value = Math.floor(value / 128);
    }
    bytes.push(value);
  }
  return Buffer.from(bytes);
}
