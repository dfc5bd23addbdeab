// The forms that `-o` may name, and the one list of them.

import { readFileSync } from 'node:fs';
import { UserError } from '../../../shared/base/index.ts';
import { isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import { qualifiedKind } from '../discovery/index.ts';
import { listAt, textAt } from '../json.ts';
import { parseColumnsTemplate, parseCustomColumns, printCustomColumns } from './custom-columns.ts';
import { indentedJson } from './go-json.ts';
import { evaluateTemplate, find, parseTemplate } from './jsonpath/index.ts';
import { toYaml } from './yaml/to-yaml.ts';

/** Writes one object, or a List of them. */
export type ObjectPrinter = (object: JsonObject) => string;

export type OutputFormat =
  | { form: 'table'; wide: boolean }
  | { form: 'objects'; name: string; print: ObjectPrinter };

export interface OutputOptions {
  showManagedFields?: boolean;
  /** False: custom columns have none. */
  headers?: boolean;
}

type Maker = (argument: string, options: OutputOptions) => ObjectPrinter;

const makers: Readonly<Record<string, Maker>> = {
  'custom-columns': (spec, options) => columnsPrinter(parseCustomColumns(spec), options),
  'custom-columns-file': (file, options) => columnsPrinter(parseColumnsTemplate(textFile(file)), options),
  json: (_, options) => (object) => `${indentedJson(withoutManagedFields(object, options))}\n`,
  jsonpath: (template) => templatePrinter(template),
  'jsonpath-as-json': (template) => templateAsJson(template),
  'jsonpath-file': (file) => templatePrinter(textFile(file)),
  name: () => (object) =>
    itemsOf(object)
      .map((item) => `${objectName(item)}\n`)
      .join(''),
  yaml: (_, options) => yamlPrinter(options),
};
const withArgument = new Set([
  'custom-columns',
  'custom-columns-file',
  'jsonpath',
  'jsonpath-as-json',
  'jsonpath-file',
]);

/** Throws UserError with the list of what there is. `allowTable`: whether there are tables of columns. */
export function parseOutput(text: string, options: OutputOptions, allowTable = true): OutputFormat {
  if (allowTable && (text === '' || text === 'wide')) return { form: 'table', wide: text === 'wide' };
  const [name = '', ...rest] = text.split('=');
  const known = allowTable
    ? [...Object.keys(makers), 'wide']
    : Object.keys(makers).filter((key) => !key.startsWith('custom'));
  const maker = known.includes(name) ? makers[name] : undefined;
  if (!maker || (rest.length > 0 && !withArgument.has(name))) {
    const allowed = known.sort().join(',');
    throw new UserError(
      `unable to match a printer suitable for the output format ${JSON.stringify(text)}, allowed formats are: ${allowed}`,
    );
  }
  const argument = rest.join('=');
  if (withArgument.has(name) && argument === '') throw missingArgument(name);
  return { form: 'objects', name, print: maker(argument, options) };
}

function missingArgument(name: string): UserError {
  return new UserError(
    name.startsWith('custom')
      ? 'custom-columns format specified but no custom columns given'
      : 'template format specified but no template given',
  );
}

/** `pod/x`, `deployment.apps/web` */
export function objectName(object: unknown): string {
  const apiVersion = textAt(object, 'apiVersion');
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  return `${qualifiedKind({ group, kind: textAt(object, 'kind') })}/${textAt(object, 'metadata', 'name')}`;
}

/** Several objects as kubectl shows them together. */
export function listOf(items: readonly JsonObject[], metadata: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', items, kind: 'List', metadata };
}

/** The objects of a List, or the object itself. */
export function itemsOf(object: JsonObject): unknown[] {
  return Array.isArray(object.items) && textAt(object, 'kind').endsWith('List')
    ? listAt(object, 'items')
    : [object];
}

function columnsPrinter(
  columns: ReturnType<typeof parseCustomColumns>,
  { headers = true }: OutputOptions,
): ObjectPrinter {
  let first = true;
  return (object) => {
    const text = printCustomColumns(columns, itemsOf(object), headers && first);
    first = false;
    return text;
  };
}

function templatePrinter(template: string): ObjectPrinter {
  const nodes = parseTemplate(template);
  return (object) => executed(template, () => evaluateTemplate(nodes, object));
}

function executed<T>(template: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const what = `error executing jsonpath ${JSON.stringify(template)}`;
    throw new UserError(`${what}: Error executing template: ${error.message}`, { cause: error });
  }
}

function templateAsJson(template: string): ObjectPrinter {
  const nodes = parseTemplate(template);
  return (object) => {
    const values = executed(template, () =>
      nodes.flatMap((node) => (node.node === 'path' ? find(node.steps, object) : [])),
    );
    return `${indentedJson(values)}\n`;
  };
}

function yamlPrinter(options: OutputOptions): ObjectPrinter {
  let printed = 0;
  return (object) => {
    printed += 1;
    return (printed > 1 ? '---\n' : '') + toYaml(withoutManagedFields(object, options));
  };
}

function withoutManagedFields(object: JsonObject, options: OutputOptions): JsonObject {
  if (options.showManagedFields) return object;
  const strip = (item: unknown): unknown => {
    if (!isRecord(item) || !isRecord(item.metadata)) return item;
    const { managedFields: _, ...metadata } = item.metadata;
    return { ...item, metadata };
  };
  if (Array.isArray(object.items)) return { ...object, items: object.items.map(strip) };
  const stripped = strip(object);
  return isRecord(stripped) ? stripped : object;
}

function textFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UserError(`${path} can't be read`, { cause });
  }
}
