// Asks for the recorded lists as tables: the columns have to be the same, and the cells of the objects that stand here too.

import type { HttpsJson, Json } from '../https-json.ts';
import { comparable, comparableText, differences } from './comparable.ts';
import type { RecordedTable } from './recorded.ts';
import { withoutManagers } from './replay-defaults.ts';

/** At the end of paths of which more than the columns and cells was recorded. */
const whole = ' (whole answer)';
const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';

export async function replayTable(api: HttpsJson, path: string, recorded: RecordedTable): Promise<string[]> {
  const { code, body } = await api.ask('GET', path.replace(whole, ''), { accept });
  if (code !== 200) return [`${code} ${body.message ?? body}`];
  if (path.endsWith(whole)) return differences(wholeOf(body), wholeOf(recorded));
  const rows = new Map(byName(body).map((row) => [row.Name, row]));
  const cells = byName(recorded).flatMap((wanted) => {
    const found = rows.get(wanted.Name);
    return found ? differences(found, wanted, wanted.Name) : [];
  });
  return [...differences(columnsOf(body), columnsOf(recorded), 'column'), ...cells];
}

/** The answer but for its columns: what stands in the rows beside the cells. */
function wholeOf({ columnDefinitions: _, rows, ...table }: RecordedTable): Json {
  return comparable({
    ...table,
    rows: rows.map(({ cells, object }) => ({ cells: cells.map(settled), object: withoutManagers(object) })),
  });
}

/** Texts of columns are those of the fields, which each version words anew. */
function columnsOf({ columnDefinitions }: RecordedTable): Json {
  return Object.fromEntries(columnDefinitions.map(({ name, description: _, ...column }) => [name, column]));
}

/** The cells of each row by the names of their columns. */
function byName({ columnDefinitions, rows }: RecordedTable): Json[] {
  return rows.map(({ cells }) =>
    Object.fromEntries(columnDefinitions.map(({ name }, at) => [name, settled(cells[at])])),
  );
}

/** How long something has been there differs from run to run. */
function settled(cell: Json): Json {
  if (typeof cell !== 'string') return cell;
  return /^(\d+[smhd])+$/.test(cell) ? 'AGE' : comparableText(cell);
}
