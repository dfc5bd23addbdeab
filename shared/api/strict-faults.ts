// What strict decoding has to say of a body: fields that there are not, and fields that stand twice in its JSON. JSON.parse
// keeps the last of these and says nothing.

const most = 100;

/**
 * Sentences in the order of the text, one for a field however often it stands there; of each sort at most 100. `unknown`
 * holds paths as `decode` writes them (`spec.containers[0].name`). Without a text only these are known.
 */
export function strictFaults(text: string | undefined, unknown: readonly string[]): string[] {
  const found = new Set<string>();
  const strange = new Set(unknown);
  const unknownField = (path: string) => `unknown field "${path}"`;
  let duplicates = 0;
  if (text !== undefined)
    new Scanner(text, (path, again) => {
      if (strange.has(path)) found.add(unknownField(path));
      else if (again && duplicates < most) {
        duplicates += found.has(`duplicate field "${path}"`) ? 0 : 1;
        found.add(`duplicate field "${path}"`);
      }
    }).value('');
  for (const path of unknown) found.add(unknownField(path));
  return [...found];
}

/** The same of JSON that is read as YAML, in the words of Go's yaml. */
export function yamlDuplicates(text: string): string[] {
  const found: string[] = [];
  new Scanner(text, (_path, again, at, key) => {
    if (!again || found.length >= most) return;
    const line = text.slice(0, at).split('\n').length;
    found.push(`line ${line}: key ${JSON.stringify(key)} already set in map`);
  }).value('');
  return found;
}

/** `again`: the field has been there before; `at`: where its name ends in the text. */
type Visit = (path: string, again: boolean, at: number, key: string) => void;

class Scanner {
  private readonly text: string;
  private readonly visit: Visit;
  private at = 0;

  constructor(text: string, visit: Visit) {
    this.text = text;
    this.visit = visit;
  }

  value(path: string): void {
    this.skipSpace();
    const char = this.text.charAt(this.at);
    if (char === '{') this.object(path);
    else if (char === '[') this.array(path);
    else if (char === '"') this.string();
    else this.plain();
  }

  private object(path: string): void {
    const seen = new Set<string>();
    this.at++;
    while (this.more('}')) {
      const key = this.string();
      const inner = path ? `${path}.${key}` : key;
      this.visit(inner, seen.has(key), this.at, key);
      seen.add(key);
      this.skipSpace();
      this.at++;
      this.value(inner);
    }
  }

  private array(path: string): void {
    this.at++;
    for (let index = 0; this.more(']'); index++) this.value(`${path}[${index}]`);
  }

  /** Steps over a comma, or over the end. */
  private more(end: string): boolean {
    this.skipSpace();
    if (this.text.charAt(this.at) === ',') this.at++;
    this.skipSpace();
    if (this.at < this.text.length && this.text.charAt(this.at) !== end) return true;
    this.at++;
    return false;
  }

  private string(): string {
    const start = this.at;
    let end = start;
    do {
      end = this.text.indexOf('"', end + 1);
      if (end < 0) throw new SyntaxError('the text is not JSON');
    } while (this.isEscaped(end));
    this.at = end + 1;
    const raw = this.text.slice(start + 1, end);
    if (!raw.includes('\\')) return raw;
    const plain: unknown = JSON.parse(`"${raw}"`);
    return String(plain);
  }

  /** Whether an odd number of backslashes stands before. */
  private isEscaped(position: number): boolean {
    let before = position - 1;
    while (this.text.charAt(before) === '\\') before--;
    return (position - before) % 2 === 0;
  }

  /** A number, true, false or null. */
  private plain(): void {
    const start = this.at;
    while (this.at < this.text.length && !',]} \n\r\t'.includes(this.text.charAt(this.at))) this.at++;
    if (this.at === start) throw new SyntaxError('the text is not JSON');
  }

  private skipSpace(): void {
    while (' \n\r\t'.includes(this.text.charAt(this.at)) && this.at < this.text.length) this.at++;
  }
}
