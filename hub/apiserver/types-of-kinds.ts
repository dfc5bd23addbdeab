// By which types objects are written.

import { apiVersionOf } from '../../shared/machinery/index.ts';
import { subresourceForms } from './registry/index.ts';
import type { ResourceIndex } from './resource-index.ts';

/** `apiVersion kind` → the Kind's type in the schema set, of all that the index has now. Loads their strategies. */
export async function typesOfKinds(index: ResourceIndex): Promise<ReadonlyMap<string, string>> {
  const kinds = index.all().map(async (row) => ({ row, strategy: await index.strategyOf(row) }));
  const forms = [...(await Promise.all(kinds)), ...subresourceForms];
  return new Map(forms.map(({ row, strategy }) => [`${apiVersionOf(row)} ${row.kind}`, strategy.schema]));
}
