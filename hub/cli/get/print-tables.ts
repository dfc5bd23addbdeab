// Several tables as `kubectl get` prints them: one after the other, with their kinds and empty lines between them.

import { qualifiedKind, type ResourceType } from '../discovery/index.ts';
import type { ServerTable } from '../printers/server-table.ts';
import { TabWriter, tableLayout } from '../printers/tab-writer.ts';
import { TablePrinter } from '../printers/table-printer.ts';
import type { GetFlags } from './get-flags.ts';

export interface TypedTable {
  type: ResourceType;
  table: ServerTable;
}

export interface PrintOptions {
  flags: GetFlags;
  wide: boolean;
}

/** Tables of one type that follow each other share their headings. */
export function printTables(tables: readonly TypedTable[], { flags, wide }: PrintOptions): string {
  const filled = tables.filter(({ table }) => table.rows.length > 0);
  const several = new Set(tables.map(({ type }) => keyOf(type))).size > 1;
  const writer = new TabWriter(tableLayout);
  let text = '';
  let last: { key: string; printer: TablePrinter } | undefined;
  for (const { type, table } of filled) {
    const key = keyOf(type);
    if (last?.key !== key) {
      text += writer.flush();
      writer.forget();
      if (text && flags.headers) text += '\n';
      last = {
        key,
        printer: tablePrinter(type, flags, { wide, withKind: several || flags.showKind === true }),
      };
    }
    last.printer.print(table, writer);
  }
  return text + writer.flush();
}

export function tablePrinter(
  type: ResourceType,
  flags: GetFlags,
  { wide, withKind }: { wide: boolean; withKind: boolean },
): TablePrinter {
  return new TablePrinter({
    headings: flags.headers,
    wide,
    withNamespace: flags.allNamespaces === true && type.namespaced,
    kindPrefix: withKind ? `${qualifiedKind(type)}/` : '',
    showLabels: flags.showLabels === true,
    labelColumns: flags.labelColumns ?? [],
    withEvent: flags.outputWatchEvents === true,
  });
}

function keyOf({ group, version, resource }: ResourceType): string {
  return `${group}/${version}/${resource}`;
}
