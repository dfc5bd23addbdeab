// What the package `yaml` takes and Go's yaml refuses, of a document that was read: in Go's words.

import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, parse, type Scalar, visit } from 'yaml';
import { goYamlOptions } from './go-yaml-options.ts';

/** Throws an Error that says what Go's yaml would. */
export function refuseAsGo(document: Document, text: string): void {
  refuseVersion(document);
  // An alias is of the last node before it that has the anchor.
  const anchored = new Map<string, unknown>();
  const targets = new Map<Alias, unknown>();
  visit(document, {
    Node(_key, node, path) {
      if (isAlias(node)) {
        const target = anchored.get(node.source);
        targets.set(node, target);
        if (target && path.some((above) => above === target))
          throw new Error(`anchor '${node.source}' value contains itself`);
      } else if (node.anchor) anchored.set(node.anchor, node);
      if (!isScalar(node)) return;
      refuseTag(node);
      refuseTab(node, text);
    },
    Pair(_key, { key }) {
      if (isScalar(key)) refuseNoKey(key, text);
    },
  });
  if (targets.size > 0) refuseManyAliases(document, targets);
}

function refuseVersion({ directives, warnings }: Document): void {
  const isOther = directives?.yaml.explicit && directives.yaml.version !== '1.1';
  if (isOther || warnings.some(({ message }) => message.startsWith('Unsupported YAML version')))
    throw new Error('found incompatible YAML document');
}

/** A colon that begins its line. */
function refuseNoKey({ source, value, range }: Scalar, text: string): void {
  if (value !== null || source || !range) return;
  const before = text.slice(0, range[0]).split('\n');
  if (!/^[ -]*$/.test(before.at(-1) ?? '')) return;
  const line = before.length - 1;
  throw new Error(line === 0 ? 'did not find expected key' : `line ${line}: did not find expected key`);
}

const yamlTag = /^tag:yaml\.org,2002:(bool|float|int|null|binary)$/;

/** A value that is not what its tag says. */
function refuseTag({ tag, value, source = '' }: Scalar): void {
  const [, wanted] = yamlTag.exec(tag ?? '') ?? [];
  if (wanted === undefined) return;
  if (wanted === 'binary') {
    const digits = source.replaceAll(/[\r\n]/g, '');
    if (/^[\w+/]*={0,2}$/.test(digits) && !digits.includes('_') && digits.length % 4 === 0) return;
    throw new Error('!!binary value contains invalid base64 data');
  }
  if (typeof value === 'string')
    throw new Error(`cannot decode ${plainTag(source)} \`${source}\` as a !!${wanted}`);
}

/** What the value is by itself. */
function plainTag(source: string): string {
  const value: unknown = parse(source, goYamlOptions);
  if (typeof value === 'boolean') return '!!bool';
  if (typeof value === 'number') return Number.isInteger(value) ? '!!int' : '!!float';
  return value === null ? '!!null' : '!!str';
}

/** Where the first line of a block says how far it is indented. */
function refuseTab({ type, range }: Scalar, text: string): void {
  if ((type !== 'BLOCK_LITERAL' && type !== 'BLOCK_FOLDED') || !range) return;
  const block = text.slice(range[0], range[1]);
  const [before] = /^[|>][-+]*[ \t]*(?:#.*)?\r?\n(?:[ ]*\r?\n)*(?= *\t)/.exec(block) ?? [];
  if (before === undefined) return;
  const line = text.slice(0, range[0] + before.length).split('\n').length;
  throw new Error(`line ${line}: found a tab character where an indentation space is expected`);
}

/** Go counts what it decodes, and what of that it decodes for an alias. */
interface Decoded {
  all: number;
  aliased: number;
}

function refuseManyAliases(document: Document, targets: ReadonlyMap<Alias, unknown>): void {
  const known = new Map<unknown, number>();
  const sizeOf = (node: unknown): number => {
    const before = known.get(node);
    if (before !== undefined) return before;
    let size = 1;
    if (isAlias(node)) size += sizeOf(targets.get(node));
    if (isSeq(node)) for (const item of node.items) size += sizeOf(item);
    if (isMap(node)) for (const { key, value } of node.items) size += sizeOf(key) + sizeOf(value);
    known.set(node, size);
    return size;
  };
  const decoded: Decoded = { all: sizeOf(document.contents), aliased: 0 };
  for (const target of targets.values()) decoded.aliased += sizeOf(target);
  if (isExcessive(decoded)) throw new Error('document contains excessive aliasing');
}

const lenientUpTo = 400_000;
const strictFrom = 4_000_000;
const [mostLenient, mostStrict] = [0.99, 0.1];

/** The share that aliases may have sinks while a document grows. */
function isExcessive({ all, aliased }: Decoded): boolean {
  if (aliased <= 100 || all <= 1000) return false;
  const grown = Math.min(1, Math.max(0, (all - lenientUpTo) / (strictFrom - lenientUpTo)));
  return aliased / all > mostLenient - (mostLenient - mostStrict) * grown;
}
