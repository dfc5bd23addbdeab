// JSON for the wire. A live object is frozen, so its text is made once and shared by every list and watch that carries it.
// It has what Go writes although nothing is in it: in the hub that is left out, where it would make a difference to nobody.

import {
  escapedJson,
  isRecord,
  type JsonObject,
  type KubeObject,
  type ZeroFields,
} from '../../shared/machinery/index.ts';

export interface JsonTextsOptions {
  /** How many characters of text are kept, least recently used first out. Default: 16 million. */
  limit?: number;
}

export class JsonTexts {
  private readonly texts = new Map<object, string>();
  private readonly limit: number;
  private size = 0;
  private zeros: ZeroFields | undefined;
  /** `apiVersion kind` → the Kind's type in the schema set. */
  private types: ReadonlyMap<string, string> = new Map();

  constructor({ limit = 16_000_000 }: JsonTextsOptions = {}) {
    this.limit = limit;
  }

  /** From now on objects of those Kinds are written as Go writes them. */
  writeAsGo(zeros: ZeroFields, types: ReadonlyMap<string, string>): void {
    this.zeros = zeros;
    this.types = types;
    this.texts.clear();
    this.size = 0;
  }

  /** The JSON of an object at rest: as the hub has it. */
  stored(object: KubeObject): string {
    const whole = this.whole(object);
    return whole === object ? (this.texts.get(object) ?? this.made(object, whole)) : goJson(object);
  }

  /** Characters of text that are kept now. */
  get held(): number {
    return this.size;
  }

  /** The JSON of an answer: an object, a list, a Status, anything. */
  text(value: unknown): string {
    if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
    const known = this.texts.get(value);
    if (known !== undefined) return this.used(value, known);
    if (isList(value)) return [...this.parts(value)].join('');
    return this.made(value, this.whole(value));
  }

  /** The same of a list, part by part: each is made when it is asked for. */
  *parts({ items, ...rest }: ListLike): Generator<string> {
    const head = JSON.stringify(rest);
    yield `${head === '{}' ? '{' : `${head.slice(0, -1)},`}"items":[`;
    let isFirst = true;
    for (const item of items) {
      if (!isFirst) yield ',';
      isFirst = false;
      yield this.itemText(item);
    }
    yield ']}';
  }

  /** One line of a watch stream, with its line feed. */
  event(event: unknown): string {
    if (!isRecord(event) || !('object' in event)) return `${this.text(event)}\n`;
    return `{"type":${JSON.stringify(event.type)},"object":${this.text(event.object)}}\n`;
  }

  /** A list pushes nothing out: one that is longer than what may be kept would push out all of it, and itself, each time. */
  private itemText(item: unknown): string {
    if (!isRecord(item)) return JSON.stringify(item) ?? 'null';
    const known = this.texts.get(item);
    if (known !== undefined) return known;
    const text = goJson(this.whole(item));
    if (this.size + text.length <= this.limit && isShared(item)) this.keep(item, text);
    return text;
  }

  private whole<T extends { apiVersion?: unknown; kind?: unknown }>(object: T): T | JsonObject {
    if (isTable(object)) return { ...object, rows: object.rows.map((row) => this.wholeRow(row)) };
    const type = this.types.get(`${object.apiVersion} ${object.kind}`);
    return type && this.zeros ? this.zeros.whole(type, object) : object;
  }

  private wholeRow(row: unknown): unknown {
    return isRecord(row) && isRecord(row.object) ? { ...row, object: this.whole(row.object) } : row;
  }

  private made(value: { metadata?: unknown }, whole: unknown): string {
    const text = goJson(whole);
    if (isShared(value)) this.keep(value, text);
    return text;
  }

  private used(object: object, text: string): string {
    this.texts.delete(object);
    this.texts.set(object, text);
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

/** A list's fields, of which `items` may be many. */
export type ListLike = Record<string, unknown> & { items: readonly unknown[] };

export function isList(value: unknown): value is ListLike {
  return isRecord(value) && Array.isArray(value.items);
}

function isTable(value: {
  kind?: unknown;
  rows?: unknown;
}): value is { kind: 'Table'; rows: readonly unknown[] } {
  return value.kind === 'Table' && Array.isArray(value.rows);
}

/** kubectl compares the data of ControllerRevisions with what it writes itself, byte for byte: they are escaped as Go does. */
function goJson(object: unknown): string {
  const text = JSON.stringify(object);
  return isRecord(object) && object.kind === 'ControllerRevision' ? escapedJson(text) : text;
}

/** Whether it is an object of the store: frozen, with a revision of its own. */
function isShared(value: { metadata?: unknown }): boolean {
  return Object.isFrozen(value) && isRecord(value.metadata) && typeof value.metadata.uid === 'string';
}
