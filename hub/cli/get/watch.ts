// `kelp get --watch`: what is there, then every change, until Ctrl-C. A watch that the server ends, or whose connection
// breaks, goes on behind the last change that was seen.

import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from '../../../shared/base/index.ts';
import { isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import { pathOf, withQuery } from '../discovery/index.ts';
import { listAt, textAt } from '../json.ts';
import type { OutputFormat } from '../printers/output.ts';
import { readTable, tableAccept } from '../printers/server-table.ts';
import { TabWriter, tableLayout } from '../printers/tab-writer.ts';
import { itemsOfList, readObject, readPages } from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import { watchEvents } from '../watch-events.ts';
import type { GetFlags } from './get-flags.ts';
import { tablePrinter } from './print-tables.ts';
import type { Wanted } from './wanted.ts';

/** Before a watch that ended is asked for again. */
const pauseMs = 500;

/** Throws ApiError when the server no longer knows the changes since, UserError when it can't be reached. */
export async function watch(
  reads: readonly Wanted[],
  flags: GetFlags,
  output: OutputFormat,
  session: Session,
): Promise<void> {
  const [wanted, ...others] = reads;
  if (!wanted || others.some(({ type }) => type !== wanted.type))
    throw new UserError('you may only specify a single resource type');
  if (others.length > 0)
    throw new UserError(
      'watch is only supported on individual resources and resource collections - more than 1 resource was found',
    );
  if (flags.sortBy)
    session.tell('warning: --watch requested, --sort-by will be ignored for watch events received');
  const show = presenter(wanted, flags, output);
  const accept = output.form === 'table' ? { accept: tableAccept } : {};
  const first = await readFirst(session, wanted, { ...flags, ...accept, namespace: wanted.namespace });
  if (!flags.watchOnly) for (const page of first) session.write(show.page(page));
  // A list says where it stands; for one object the watch begins with it once more.
  const isList = wanted.name === undefined;
  let resourceVersion = isList ? versionOf(first.at(-1)) : '0';
  let seen = isList;
  for (;;) {
    const path = withQuery(pathOf(wanted.type, { namespace: wanted.namespace }), {
      watch: true,
      resourceVersion,
      labelSelector: flags.selector,
      fieldSelector: isList ? flags.fieldSelector : `metadata.name=${wanted.name}`,
    });
    for await (const { type, object } of watchEvents(session, path, accept)) {
      const text = show.event(type, object);
      if (seen) session.write(text);
      seen = true;
      resourceVersion = versionOf(object) || resourceVersion;
    }
    await wait(pauseMs, undefined, { signal: session.terminal.interrupted });
  }
}

/** Where a list, an object or a table of one object stands. */
function versionOf(body: unknown): string {
  const [row] = listAt(body, 'rows');
  return textAt(body, 'metadata', 'resourceVersion') || textAt(row, 'object', 'metadata', 'resourceVersion');
}

function readFirst(
  session: Session,
  { type, name }: Wanted,
  options: Parameters<typeof readPages>[2],
): Promise<unknown[]> {
  if (name === undefined) return readPages(session, type, options);
  return readObject(session, type, name, options).then((object) => [object]);
}

interface Presenter {
  page(body: unknown): string;
  event(type: string, object: unknown): string;
}

function presenter({ type, name }: Wanted, flags: GetFlags, output: OutputFormat): Presenter {
  if (output.form === 'objects') {
    const show = (event: string, object: unknown) =>
      isRecord(object) ? output.print(flags.outputWatchEvents ? eventOf(event, object) : object) : '';
    return {
      page: (body) =>
        (name === undefined ? itemsOfList(body, type) : [body]).map((item) => show('ADDED', item)).join(''),
      event: show,
    };
  }
  const printer = tablePrinter(type, flags, { wide: output.wide, withKind: flags.showKind === true });
  const writer = new TabWriter(tableLayout);
  const show = (event: string, body: unknown) => {
    printer.print(readTable(body), writer, event);
    return writer.flush();
  };
  return { page: (body) => show('ADDED', body), event: show };
}

function eventOf(type: string, object: JsonObject): JsonObject {
  return { type, object };
}
