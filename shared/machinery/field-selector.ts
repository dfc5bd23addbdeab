// Field selectors: `metadata.name=x,status.phase!=Running`, with the escapes (`\\`, `\,`, `\=`) and the error texts
// of k8s.io/apimachinery/pkg/fields. Which fields a Kind knows is its own business.

import { ApiError } from './errors.ts';

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[];
  /** Selects everything. */
  readonly empty: boolean;
  /** `get` answers the value of a field, the empty string for an absent one. */
  matches(get: (field: string) => string): boolean;
  /** The value that a field must have, if the selector says so: `metadata.name=x` needs no scan. */
  exactly(field: string): string | undefined;
  toString(): string;
}

/** Throws ApiError BadRequest with upstream's message. */
export function parseFieldSelector(text: string): FieldSelector {
  const terms = splitTerms(text).filter((term) => term !== '');
  return selectorOf(terms.sort().map((term) => requirementOf(term, text)));
}

function selectorOf(requirements: readonly FieldRequirement[]): FieldSelector {
  return {
    requirements,
    empty: requirements.length === 0,
    matches: (get) =>
      requirements.every(({ field, operator, value }) => (get(field) === value) === (operator === '=')),
    exactly: (name) => requirements.find(({ field, operator }) => field === name && operator === '=')?.value,
    toString: () =>
      requirements
        .map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`)
        .join(','),
  };
}

/** At commas that no backslash stands before. */
function splitTerms(text: string): string[] {
  return text.match(/(?:\\[\s\S]|[^,\\]|\\$)+/g) ?? [];
}

function requirementOf(term: string, whole: string): FieldRequirement {
  const match = /^([\s\S]*?)(!=|==|=)([\s\S]*)$/.exec(term);
  if (!match) throw bad(`invalid selector: '${whole}'; can't understand '${term}'`);
  const [, field = '', operator = '', value = ''] = match;
  return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeFieldValue(value) };
}

/** Makes any text usable as a value of a field selector. */
export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&');
}

function unescapeFieldValue(value: string): string {
  return value.replace(/\\([\s\S]?)|[,=]/g, (sequence, escaped: string | undefined) => {
    if (escaped === undefined) {
      throw bad(`invalid field selector: unescaped character in value: ${sequence.codePointAt(0)}`);
    }
    if (escaped !== '' && '\\,='.includes(escaped)) return escaped;
    throw bad(`invalid field selector: invalid escape sequence: ${sequence}`);
  });
}

function bad(message: string): ApiError {
  return new ApiError('BadRequest', message);
}
