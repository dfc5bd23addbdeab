// JSON for the wire. A live object is frozen, so its text is made once and shared by every list and watch that carries it.

import { isRecord } from '../../shared/machinery/index.ts';

export interface JsonTextsOptions {
  /** How many characters of text are kept, least recently used first out. Default: 8 million. */
  limit?: number;
}

export class JsonTexts {
  private readonly texts = new Map<object, string>();
  private readonly limit: number;
  private size = 0;

  constructor({ limit = 8_000_000 }: JsonTextsOptions = {}) {
    this.limit = limit;
  }

  /** Characters of text that are kept now. */
  get held(): number {
    return this.size;
  }

  /** The JSON of an answer: an object, a list, a Status, anything. */
  text(value: unknown): string {
    if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
    if (isShared(value)) return this.shared(value);
    const { items, ...rest } = value;
    if (!Array.isArray(items)) return JSON.stringify(value);
    const head = JSON.stringify(rest);
    const joined = items.map((item) => this.text(item)).join(',');
    return `${head === '{}' ? '{' : `${head.slice(0, -1)},`}"items":[${joined}]}`;
  }

  /** One line of a watch stream, with its line feed. */
  event(event: unknown): string {
    if (!isRecord(event) || !('object' in event)) return `${this.text(event)}\n`;
    return `{"type":${JSON.stringify(event.type)},"object":${this.text(event.object)}}\n`;
  }

  private shared(object: object): string {
    const known = this.texts.get(object);
    if (known !== undefined) {
      this.texts.delete(object);
      this.texts.set(object, known);
      return known;
    }
    const text = JSON.stringify(object);
    this.keep(object, text);
    return text;
  }

  private keep(object: object, text: string): void {
    if (text.length > this.limit / 16) return;
    this.texts.set(object, text);
    this.size += text.length;
    for (const [oldest, oldText] of this.texts) {
      if (this.size <= this.limit) return;
      this.texts.delete(oldest);
      this.size -= oldText.length;
    }
  }
}

/** Whether it is an object of the store: frozen, with a revision of its own. */
function isShared(value: Record<string, unknown>): boolean {
  return Object.isFrozen(value) && isRecord(value.metadata) && typeof value.metadata.uid === 'string';
}
