// Fields that stand twice in JSON text. JSON.parse keeps the last and says nothing; Kubernetes warns of them, or refuses.

const most = 100;

/**
 * Paths of duplicate fields in valid JSON text, as `decode` writes paths (`spec.containers[0].name`); at most 100.
 * A field is named once, however often it stands there.
 */
export function duplicateFields(text: string): string[] {
  const scanner = new Scanner(text);
  scanner.value('');
  return [...scanner.found];
}

class Scanner {
  readonly found = new Set<string>();
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
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
      if (seen.has(key) && this.found.size < most) this.found.add(inner);
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
