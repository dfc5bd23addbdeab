// Asks for the recorded lists as tables: the columns have to be the same, and the cells of the objects that stand here too.

import type { HttpsJson, Json } from '../https-json.ts';
import { comparableText, differences } from './comparable.ts';
import type { RecordedTable } from './recorded.ts';

const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';

export async function replayTable(api: HttpsJson, path: string, recorded: RecordedTable): Promise<string[]> {
  const { code, body } = await api.ask('GET', path, { accept });
  if (code !== 200) return [`${code} ${body.message ?? body}`];
  const rows = new Map(byName(body).map((row) => [row.Name, row]));
  const cells = byName(recorded).flatMap((wanted) => {
    const found = rows.get(wanted.Name);
    return found ? differences(found, wanted, wanted.Name) : [];
  });
  return [...differences(columnsOf(body), columnsOf(recorded), 'column'), ...cells];
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
