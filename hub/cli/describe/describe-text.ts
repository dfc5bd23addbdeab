// The text of `kelp describe` as it grows: lines with tab stops and levels of indentation, and the forms that recur.

import { humanDuration } from '../../../shared/machinery/index.ts';
import { describeLayout, TabWriter } from '../printers/tab-writer.ts';
import { escapeTerminal } from '../printers/table-printer.ts';
import { lastAppliedAnnotation } from '../writes/last-applied.ts';

const longestAnnotation = 140;

export class DescribeText {
  private readonly writer = new TabWriter(describeLayout);

  /** One line, or several where a cell has line feeds; `level` is two blanks each. */
  line(level: number, ...cells: string[]): void {
    const lines = cells.map(escapeTerminal).join('\t').split('\n');
    lines.forEach((line, index) => {
      this.writer.line(((index === 0 ? '  '.repeat(level) : '') + line).split('\t'));
    });
  }

  /** Headings and rows, each row behind `rowIndent` blanks. */
  table(headings: readonly string[], rows: readonly (readonly string[])[], underlined = true): void {
    this.line(1, ...headings);
    if (underlined)
      this.line(1, ...headings.map((heading) => '-'.repeat(Math.max(4, heading.trimEnd().length))));
    for (const row of rows) this.line(1, ...row);
  }

  /** One line a value, the title before the first; `<none>` where there is none. */
  multiline(title: string, values: readonly string[]): void {
    const [first = '<none>', ...others] = values;
    this.line(0, `${title}:`, first);
    for (const value of others) this.line(0, '', value);
  }

  labels(title: string, labels: Readonly<Record<string, string>>): void {
    this.multiline(
      title,
      Object.keys(labels)
        .sort()
        .map((key) => `${key}=${labels[key]}`),
    );
  }

  /** Long and many-lined values stand below their keys. */
  annotations(title: string, annotations: Readonly<Record<string, string>>): void {
    const keys = Object.keys(annotations).filter((key) => key !== lastAppliedAnnotation);
    const values = keys.sort().flatMap((key) => {
      const value = (annotations[key] ?? '').replace(/\n$/, '');
      if (value.length + key.length + 2 <= longestAnnotation && !value.includes('\n'))
        return [`${key}: ${value}`];
      const lines = value.split('\n').map((line) => `  ${shorten(line, longestAnnotation - 2)}`);
      return [`${key}:`, ...lines];
    });
    const [first = '<none>', ...others] = values;
    this.line(0, `${title}:`, first);
    for (const value of others) this.line(0, '', value);
  }

  /** With tab stops as they are: what `rollout history` prints. */
  withTabs(): string {
    return this.writer.unaligned();
  }

  toString(): string {
    return this.writer.flush();
  }
}

function shorten(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)}...` : text;
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Sat, 21 Nov 2026 08:23:25 +0000`, in this machine's zone (RFC 1123 with a numeric zone). */
export function dateText(time: string): string {
  const date = new Date(time);
  if (time === '' || Number.isNaN(date.getTime())) return 'Mon, 01 Jan 0001 00:00:00 +0000';
  const two = (number: number) => String(number).padStart(2, '0');
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${days[date.getDay()]}, ${two(date.getDate())} ${months[date.getMonth()]} ${date.getFullYear()} ${clock} ${zone}`;
}

/** `5m`; `<unknown>` for no time. */
export function sinceText(time: string, now = Date.now()): string {
  return time === '' ? '<unknown>' : humanDuration(now - Date.parse(time));
}

export function orNone(text: string): string {
  return text === '' ? '<none>' : text;
}

/** `True`, `False` */
export function boolText(value: unknown): string {
  return value === true ? 'True' : 'False';
}
