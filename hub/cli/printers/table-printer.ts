// Prints Tables one after the other as one: headings once, columns that the flags add.

import { textAt, textsAt } from '../json.ts';
import type { ServerTable, TableColumn, TableRow } from './server-table.ts';
import type { TabWriter } from './tab-writer.ts';

export interface TablePrinterOptions {
  headings: boolean;
  wide: boolean;
  /** A NAMESPACE column comes first. */
  withNamespace: boolean;
  /** Put before names as `deployment.apps/`; empty: nothing is. */
  kindPrefix: string;
  showLabels: boolean;
  /** Labels that get a column of their own. */
  labelColumns: readonly string[];
  /** A watch's `--output-watch-events`: an EVENT column comes first. */
  withEvent?: boolean;
}

export class TablePrinter {
  private readonly options: TablePrinterOptions;
  private columns: readonly TableColumn[] = [];
  private headed = false;

  constructor(options: TablePrinterOptions) {
    this.options = options;
  }

  /** `event` is what happened, e.g. `ADDED`, where the options ask for it. */
  print(table: ServerTable, writer: TabWriter, event = ''): void {
    if (table.columns.length > 0 && !sameColumns(table.columns, this.columns)) {
      this.columns = table.columns;
      this.headed = false;
    }
    if (table.rows.length === 0) return;
    if (this.options.headings && !this.headed) writer.line(this.headings());
    this.headed = true;
    for (const row of table.rows) writer.line(this.cells(row, event));
  }

  private headings(): string[] {
    const { options } = this;
    return [
      ...(options.withEvent ? ['EVENT'] : []),
      ...(options.withNamespace ? ['NAMESPACE'] : []),
      ...this.shown().map(({ column }) => column.name.toUpperCase()),
      ...options.labelColumns.map((label) => (label.split('/').at(-1) ?? '').toUpperCase()),
      ...(options.showLabels ? ['LABELS'] : []),
    ];
  }

  private cells({ cells, object, progress }: TableRow, event: string): string[] {
    const { options } = this;
    const labels = textsAt(object, 'metadata', 'labels');
    return [
      ...(options.withEvent ? [event] : []),
      ...(options.withNamespace ? [textAt(object, 'metadata', 'namespace')] : []),
      ...this.shown().map(({ column, position }) => {
        const text = this.prefix(column) + cellText(cells[position]);
        return progress && column.name === 'Status' ? `${text} (${escapeTerminal(progress)})` : text;
      }),
      ...options.labelColumns.map((label) => labels[label] ?? ''),
      ...(options.showLabels ? [formatLabels(labels)] : []),
    ];
  }

  private shown(): { column: TableColumn; position: number }[] {
    return this.columns
      .map((column, position) => ({ column, position }))
      .filter(({ column }) => this.options.wide || column.priority === 0);
  }

  private prefix({ type, format }: TableColumn): string {
    return type === 'string' && format === 'name' ? this.options.kindPrefix : '';
  }
}

function sameColumns(left: readonly TableColumn[], right: readonly TableColumn[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ name, type, priority }, position) => {
      const other = right[position];
      return name === other?.name && type === other.type && priority === other.priority;
    })
  );
}

/** Cut at the first line break, and with no way to steer the terminal. */
function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  const text = typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
  const cut = text.search(/[\f\n\r]/);
  return escapeTerminal(cut < 0 ? text : `${text.slice(0, cut)}...`);
}

export function escapeTerminal(text: string): string {
  return text.replaceAll('\u001b', '^[').replaceAll('\r', '\\r');
}

export function formatLabels(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) => `${key}=${value}`).join(',') || '<none>';
}
