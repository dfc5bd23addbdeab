// Elastic tab stops, as Go's text/tabwriter: a column is as wide as its widest cell in a run of lines that have it.

export interface TabWriterOptions {
  /** Of a column, its padding included. */
  minimumWidth: number;
  padding: number;
  /** Columns never get narrower from one flush to the next: what kubectl's tables do in a watch. */
  remembers?: boolean;
}

/** Tables of `kubectl get`. */
export const tableLayout: TabWriterOptions = { minimumWidth: 6, padding: 3, remembers: true };
/** `kubectl describe`. */
export const describeLayout: TabWriterOptions = { minimumWidth: 0, padding: 2 };

export class TabWriter {
  private readonly options: TabWriterOptions;
  private lines: (readonly string[])[] = [];
  private remembered: number[] = [];

  constructor(options: TabWriterOptions) {
    this.options = options;
  }

  /** The last cell of a line takes no part in the layout. */
  line(cells: readonly string[]): void {
    this.lines.push(cells);
  }

  /** What was written since the last flush; empty when that is nothing. */
  flush(): string {
    const { lines } = this;
    this.lines = [];
    const widths: number[][] = lines.map(() => []);
    const columns = Math.max(0, ...lines.map((cells) => cells.length - 1));
    for (let column = 0; column < columns; column += 1) this.layOut(lines, column, widths);
    return lines.map((cells, index) => `${lineOf(cells, widths[index] ?? [])}\n`).join('');
  }

  /** The same without a layout: cells with tabs between them. */
  unaligned(): string {
    const { lines } = this;
    this.lines = [];
    return lines.map((cells) => `${cells.join('\t')}\n`).join('');
  }

  /** The next lines begin another table. */
  forget(): void {
    this.remembered = [];
  }

  private layOut(lines: readonly (readonly string[])[], column: number, widths: number[][]): void {
    let start = 0;
    while (start < lines.length) {
      if (!hasColumn(lines[start], column)) {
        start += 1;
        continue;
      }
      let end = start;
      let width = this.options.minimumWidth;
      for (; hasColumn(lines[end], column); end += 1) {
        width = Math.max(width, widthOf(lines[end]?.[column] ?? '') + this.options.padding);
      }
      if (this.options.remembers) {
        width = Math.max(width, this.remembered[column] ?? 0);
        this.remembered[column] = width;
      }
      for (let line = start; line < end; line += 1) (widths[line] ?? [])[column] = width;
      start = end;
    }
  }
}

function hasColumn(cells: readonly string[] | undefined, column: number): boolean {
  return cells !== undefined && cells.length - 1 > column;
}

function widthOf(text: string): number {
  return [...text].length;
}

function lineOf(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) =>
      column === cells.length - 1
        ? cell
        : cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))),
    )
    .join('');
}
