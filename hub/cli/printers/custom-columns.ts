// `-o custom-columns=NAME:.metadata.name,…`: a table whose cells are JSONPaths.

import { UserError } from '../../../shared/base/index.ts';
import { find, parsePath, type Step, textOf } from './jsonpath/index.ts';
import { TabWriter, tableLayout } from './tab-writer.ts';

export interface CustomColumn {
  heading: string;
  path: Step[];
}

/** `NAME:.metadata.name,IMAGE:.spec.containers[*].image` */
export function parseCustomColumns(spec: string): CustomColumn[] {
  if (spec === '') throw new UserError('custom-columns format specified but no custom columns given');
  return spec.split(',').map((part) => {
    const colon = part.indexOf(':');
    if (colon < 0 || (part.indexOf(':', colon + 1) >= 0 && !/[[(]/.test(part))) {
      throw new UserError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    }
    return { heading: part.slice(0, colon), path: relaxedPath(part.slice(colon + 1)) };
  });
}

/** Two lines: headings, and paths below them. */
export function parseColumnsTemplate(text: string): CustomColumn[] {
  const [headings = '', paths = ''] = text.split('\n').map((line) => line.trim());
  const columns = headings.split(/\s+/).filter(Boolean);
  const specs = paths.split(/\s+/).filter(Boolean);
  if (columns.length === 0 || columns.length !== specs.length)
    throw new UserError(`number of headers (${columns.length}) and paths (${specs.length}) differ`);
  return columns.map((heading, position) => ({ heading, path: relaxedPath(specs[position] ?? '') }));
}

/** A path with or without braces and a leading dot. Throws UserError for anything else. */
export function relaxedPath(text: string): Step[] {
  const match = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(text);
  if (!match)
    throw new UserError(
      "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
    );
  const path = match[1] ?? match[2] ?? '';
  return parsePath(path.startsWith('[') || path.startsWith('$') || path.startsWith('@') ? path : `.${path}`);
}

export function printCustomColumns(
  columns: readonly CustomColumn[],
  objects: readonly unknown[],
  headings: boolean,
): string {
  const writer = new TabWriter(tableLayout);
  if (headings) writer.line(columns.map(({ heading }) => heading));
  for (const object of objects) {
    writer.line(columns.map(({ path }) => find(path, object).map(textOf).join(',') || '<none>'));
  }
  return writer.flush();
}
