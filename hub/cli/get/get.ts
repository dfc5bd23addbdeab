// `kelp get`: reads what is wanted, shows what was found, and says what was not.

import { ApiError, isRecord } from '../../../shared/machinery/index.ts';
import { Failures } from '../failures.ts';
import { listOf, type OutputFormat, parseOutput } from '../printers/output.ts';
import { readTable, type ServerTable, tableAccept } from '../printers/server-table.ts';
import { readList, readObject, readPages } from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import type { GetFlags } from './get-flags.ts';
import { printTables } from './print-tables.ts';
import { sortBy } from './sort-by.ts';
import { type Wanted, type WantedAll, wantedOf } from './wanted.ts';
import { watch } from './watch.ts';

export async function get(what: readonly string[], flags: GetFlags, session: Session): Promise<void> {
  if (flags.raw !== undefined) return getRaw(flags.raw, session);
  const output = parseOutput(flags.output, flags);
  const wanted = await wantedOf(what, flags, session);
  if (flags.watch || flags.watchOnly) return watch(wanted.reads, flags, output, session);
  return output.form === 'table'
    ? getTables(wanted, flags, output, session)
    : getObjects(wanted, flags, output, session);
}

/** What was read of each wanted thing that was there, and what went wrong with the others. */
async function readAll<T>(
  reads: readonly Wanted[],
  flags: GetFlags,
  read: (wanted: Wanted) => Promise<T>,
): Promise<{ found: T[]; failures: unknown[] }> {
  const found: T[] = [];
  const failures: unknown[] = [];
  for (const wanted of reads) {
    try {
      found.push(await read(wanted));
    } catch (error) {
      if (!(flags.ignoreNotFound && ApiError.is(error, 'NotFound'))) failures.push(error);
    }
  }
  return { found, failures };
}

type TableFormat = OutputFormat & { form: 'table' };

async function getTables(
  { reads }: WantedAll,
  flags: GetFlags,
  output: TableFormat,
  session: Session,
): Promise<void> {
  const includeObject = flags.sortBy ? 'Object' : undefined;
  const { found, failures } = await readAll(reads, flags, async (wanted) => {
    const options = { ...flags, namespace: wanted.namespace, accept: tableAccept, includeObject } as const;
    const pages =
      wanted.name === undefined
        ? await readPages(session, wanted.type, options)
        : [await readObject(session, wanted.type, wanted.name, options)];
    return { type: wanted.type, table: joined(pages.map(readTable)) };
  });
  const tables = flags.sortBy ? sortBy.tables(found, flags.sortBy) : found;
  const text = printTables(tables, { flags, wide: output.wide });
  session.write(text);
  if (!text && !flags.ignoreNotFound && failures.length === 0) tellNothingFound(reads, flags, session);
  Failures.throwIfAny(failures);
}

function joined(pages: readonly ServerTable[]): ServerTable {
  const [first] = pages;
  return {
    columns: first?.columns ?? [],
    rows: pages.flatMap(({ rows }) => rows),
    resourceVersion: first?.resourceVersion ?? '',
    continue: '',
  };
}

function tellNothingFound(reads: readonly Wanted[], flags: GetFlags, session: Session): void {
  const namespaced = reads.every(({ type }) => type.namespaced);
  session.tell(
    namespaced && !flags.allNamespaces
      ? `No resources found in ${session.namespace} namespace.`
      : 'No resources found',
  );
}

async function getObjects(
  { reads, single }: WantedAll,
  flags: GetFlags,
  output: OutputFormat & { form: 'objects' },
  session: Session,
): Promise<void> {
  const { found, failures } = await readAll(reads, flags, async (wanted) => {
    const options = { ...flags, namespace: wanted.namespace };
    if (wanted.name === undefined) return readList(session, wanted.type, options);
    const object = await readObject(session, wanted.type, wanted.name, options);
    return isRecord(object) ? [object] : [];
  });
  const items = flags.sortBy ? sortBy.objects(found.flat(), flags.sortBy) : found.flat();
  if (single) Failures.throwIfAny(failures);
  const [only] = items;
  if (!(items.length === 0 && (flags.ignoreNotFound || failures.length > 0))) {
    session.write(output.print(single && only ? only : listOf(items, { resourceVersion: '' })));
  }
  Failures.throwIfAny(failures);
}

async function getRaw(path: string, session: Session): Promise<void> {
  const stream = await session.api.stream(path, { accept: '*/*', signal: session.terminal.interrupted });
  for await (const chunk of stream) session.terminal.out.write(chunk);
}
