// What Go's encoding/json says of text that is not JSON: people and their scripts know these words.

/**
 * The message for the first fault of the text, as Go's json.Unmarshal gives it (into a map, unless `any` value will do);
 * undefined where there is none.
 */
export function goJsonFault(text: string, into: 'map' | 'any' = 'map'): string | undefined {
  const scanner = new Scanner(text);
  const fault = scanner.run();
  if (fault || into === 'any') return fault;
  const parsed: unknown = JSON.parse(text);
  if (parsed === null || (typeof parsed === 'object' && !Array.isArray(parsed))) return undefined;
  const kind = Array.isArray(parsed) ? 'array' : typeof parsed === 'boolean' ? 'bool' : typeof parsed;
  return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
}

const literals: ReadonlyMap<string, string> = new Map([
  ['t', 'true'],
  ['f', 'false'],
  ['n', 'null'],
]);
const space = /[ \t\r\n]/;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;

/** Thrown and caught within this file: where the reading ended. */
class Fault extends Error {}

class Scanner {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  run(): string | undefined {
    try {
      // The engine's own parser is quicker at saying that nothing is wrong.
      JSON.parse(this.text);
      return undefined;
    } catch {
      return this.faultOf();
    }
  }

  private faultOf(): string {
    try {
      this.value();
      this.skipSpace();
      if (this.at < this.text.length) this.fail('after top-level value');
    } catch (error) {
      if (error instanceof Fault) return error.message;
      throw error;
    }
    return 'unexpected end of JSON input';
  }

  private value(context = 'looking for beginning of value'): void {
    const char = this.next();
    if (char === '{') this.list('}', () => this.pair(), 'after object key:value pair');
    else if (char === '[') this.list(']', () => this.value(), 'after array element');
    else if (char === '"') this.string();
    else if (literals.has(char)) this.literal(literals.get(char) ?? '');
    else if (char === '-' || /\d/.test(char)) this.number();
    else this.fail(context);
  }

  private list(end: string, item: () => void, after: string): void {
    this.at++;
    if (this.next() === end) {
      this.at++;
      return;
    }
    for (;;) {
      item();
      const char = this.next();
      if (char === end) break;
      if (char !== ',') this.fail(after);
      this.at++;
    }
    this.at++;
  }

  private pair(): void {
    if (this.next() !== '"') this.fail('looking for beginning of object key string');
    this.string();
    if (this.next() !== ':') this.fail('after object key');
    this.at++;
    this.value();
  }

  private string(): void {
    this.at++;
    while (this.peek() !== '"') {
      if (this.peek() === '\\') this.escape();
      else if (this.peek() < ' ') this.fail('in string literal');
      else this.at++;
    }
    this.at++;
  }

  private escape(): void {
    this.at++;
    const char = this.peek();
    if (!/["\\/bfnrtu]/.test(char)) this.fail('in string escape code');
    this.at++;
    if (char !== 'u') return;
    for (let digit = 0; digit < 4; digit++, this.at++)
      if (!/[0-9a-fA-F]/.test(this.peek())) this.fail('in \\u hexadecimal character escape');
  }

  private literal(word: string): void {
    for (const [index, expected] of [...word].entries()) {
      if (this.peek() !== expected && index > 0)
        this.fail(`in literal ${word} (expecting ${quoted(expected)})`);
      this.at++;
    }
  }

  private number(): void {
    number.lastIndex = this.at;
    const match = number.exec(this.text)?.[0] ?? '';
    this.at += match.length;
    if (match === '') {
      this.at++;
      this.peek();
      this.fail('in numeric literal');
    }
    const char = this.text.charAt(this.at);
    if (char !== '.' && char !== 'e' && char !== 'E') return;
    this.at++;
    this.peek();
    this.fail(char === '.' ? 'after decimal point in numeric literal' : 'in exponent of numeric literal');
  }

  /** The character here; ends the reading at the end of the text. */
  private peek(): string {
    if (this.at >= this.text.length) throw new Fault('unexpected end of JSON input');
    return this.text.charAt(this.at);
  }

  private next(): string {
    this.skipSpace();
    return this.peek();
  }

  private skipSpace(): void {
    while (space.test(this.text.charAt(this.at))) this.at++;
  }

  private fail(context: string): never {
    throw new Fault(`invalid character ${quoted(this.text.charAt(this.at))} ${context}`);
  }
}

/** A character as Go quotes it: `'x'`. */
function quoted(char: string): string {
  if (char === "'") return `'\\''`;
  if (char === '"') return `'"'`;
  return `'${JSON.stringify(char).slice(1, -1)}'`;
}
