// Text tables as kubectl prints them (Go's tabwriter: minimum width 6, padding 3).

export type Cell = string | number | boolean | null | undefined;

export interface TableOptions {
  /** Default true: kubectl's `--no-headers` leaves them out. */
  headings?: boolean;
}

const minimumWidth = 6;
const padding = 3;

/**
 * Lines without a final newline. Headings are shown in upper case. A row's last cell is not padded; a cell is cut at its
 * first line break and marked with `...`.
 */
export function renderTable(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  { headings: withHeadings = true }: TableOptions = {},
): string {
  const lines = rows.map((row) => row.map(textOf));
  if (withHeadings) lines.unshift(headings.map((heading) => heading.toUpperCase()));
  const widths = widthsOf(lines);
  return lines.map((cells) => lineOf(cells, widths)).join('\n');
}

function textOf(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  const text = String(cell);
  const cut = text.search(/[\f\n\r]/);
  return cut < 0 ? text : `${text.slice(0, cut)}...`;
}

function widthOf(text: string): number {
  return [...text].length;
}

function widthsOf(lines: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const cells of lines) {
    cells.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? minimumWidth, widthOf(cell) + padding);
    });
  }
  return widths;
}

function lineOf(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) =>
      column === cells.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)),
    )
    .join('');
}
