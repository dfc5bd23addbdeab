// What is wrong with JSON that was sent, in the words of Go's encoding/json, which clients know. The engine's own words name
// neither every place nor what stands around it: the text is read once more, as far as Go would.

/** `unexpected end of JSON input`, or the first character that cannot stand where it does. */
export function jsonFault(text: string): string {
  try {
    new Scan(text).document();
  } catch (error) {
    if (error instanceof JsonFault) return error.message;
    throw error;
  }
  return endOfInput;
}

const endOfInput = 'unexpected end of JSON input';

class JsonFault extends Error {}

/** No body may be nested deeper, as in Go. */
const deepest = 10_000;

const literals: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };

class Scan {
  private readonly text: string;
  private at = 0;
  /** The brackets that are open. */
  private readonly open: ('{' | '[')[] = [];

  constructor(text: string) {
    this.text = text;
  }

  document(): void {
    do this.value();
    while (this.goesOn());
    if (this.skipSpace() !== undefined) this.refuse('after top-level value');
  }

  /** Up to the next scalar, empty object or empty list: what begins before it is open then. */
  private value(): void {
    let first = this.skipSpace();
    while (first === '{' || first === '[') {
      if (this.open.length >= deepest) this.refuse('exceeded max depth');
      this.at += 1;
      this.open.push(first);
      const next = this.skipSpace();
      if (next === (first === '{' ? '}' : ']')) {
        this.close();
        return;
      }
      if (first === '{') this.name();
      first = this.skipSpace();
    }
    this.scalar(first);
  }

  private scalar(first: string | undefined): void {
    if (first === '"') this.string();
    else if (first === '-' || isDigit(first)) this.number();
    else this.literal(literals[first ?? '']);
  }

  /** After a value: closes what ends there. Whether there is another value. */
  private goesOn(): boolean {
    for (;;) {
      const around = this.open.at(-1);
      if (around === undefined) return false;
      const next = this.skipSpace();
      if (next === ',') {
        this.at += 1;
        if (around === '[') return true;
        this.skipSpace();
        this.name();
        return true;
      }
      if (next !== (around === '{' ? '}' : ']'))
        this.refuse(around === '{' ? 'after object key:value pair' : 'after array element');
      this.close();
    }
  }

  private close(): void {
    this.at += 1;
    this.open.pop();
  }

  private name(): void {
    if (this.text[this.at] !== '"') this.refuse('looking for beginning of object key string');
    this.string();
    if (this.skipSpace() !== ':') this.refuse('after object key');
    this.at += 1;
  }

  private string(): void {
    this.at += 1;
    for (;;) {
      const next = this.text[this.at];
      if (next === undefined || next < ' ') this.refuse('in string literal');
      this.at += 1;
      if (next === '"') return;
      if (next === '\\') this.escape();
    }
  }

  private escape(): void {
    const next = this.text[this.at];
    if (next === undefined || !'bfnrtu\\/"'.includes(next)) this.refuse('in string escape code');
    this.at += 1;
    for (let digits = next === 'u' ? 4 : 0; digits > 0; digits -= 1) {
      if (!/[\da-f]/i.test(this.text[this.at] ?? '')) this.refuse('in \\u hexadecimal character escape');
      this.at += 1;
    }
  }

  private number(): void {
    if (this.text[this.at] === '-') this.at += 1;
    if (this.text[this.at] === '0') this.at += 1;
    else this.digits('in numeric literal');
    if (this.text[this.at] === '.') {
      this.at += 1;
      this.digits('after decimal point in numeric literal');
    }
    if (!/[eE]/.test(this.text[this.at] ?? '')) return;
    this.at += 1;
    if (/[-+]/.test(this.text[this.at] ?? '')) this.at += 1;
    this.digits('in exponent of numeric literal');
  }

  /** One at least. */
  private digits(where: string): void {
    if (!isDigit(this.text[this.at])) this.refuse(where);
    while (isDigit(this.text[this.at])) this.at += 1;
  }

  private literal(word: string | undefined): void {
    if (word === undefined) this.refuse('looking for beginning of value');
    for (const letter of word) {
      if (this.text[this.at] !== letter) this.refuse(`in literal ${word} (expecting '${letter}')`);
      this.at += 1;
    }
  }

  /** What follows. */
  private skipSpace(): string | undefined {
    while (' \t\r\n'.includes(this.text[this.at] ?? '.')) this.at += 1;
    return this.text[this.at];
  }

  private refuse(where: string): never {
    const character = this.text.codePointAt(this.at);
    if (character === undefined) throw new JsonFault(endOfInput);
    throw new JsonFault(`invalid character ${quoted(String.fromCodePoint(character))} ${where}`);
  }
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

/** As Go quotes a byte: of what UTF-8 needs several for, the first. */
function quoted(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  if (character === '\v') return `'\\v'`;
  if (character === '\x07') return `'\\a'`;
  const code = Buffer.from(character)[0] ?? 0;
  const byte = String.fromCharCode(code);
  if (code < 0x20 && !'\b\f\n\r\t'.includes(byte)) return `'\\x${code.toString(16).padStart(2, '0')}'`;
  return `'${code === 0x7f ? '\\x7f' : JSON.stringify(byte).slice(1, -1)}'`;
}
