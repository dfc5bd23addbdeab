// Where a list in pages goes on. The token is upstream's (k8s.io/apiserver/pkg/storage/continue.go): revision and last key.

import { ApiError, isRecord } from '../../../shared/machinery/index.ts';
import type { Key } from '../../store/index.ts';

export interface Continuation {
  /** The revision of the first page; -1: whatever is now (after the first page's state was lost). */
  revision: number;
  /** The last key of the page before. */
  after: Key;
}

const form = 'meta.k8s.io/v1';

/** `prefix` is that of the list: the token carries what follows it. */
export function encodeContinue({ revision, after }: Continuation, prefix: Key): string {
  const start = `${after.slice(prefix.length)}\u0000`;
  return Buffer.from(JSON.stringify({ v: form, rv: revision, start })).toString('base64url');
}

/** Throws BadRequest. */
export function decodeContinue(token: string, prefix: Key): Continuation {
  const { v, rv, start } = parse(token);
  if (v !== form) throw bad(`server does not recognize this encoded version ${JSON.stringify(v ?? '')}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0) {
    throw bad(`incorrect encoded start resourceVersion (version ${form})`);
  }
  if (typeof start !== 'string' || start === '') throw bad(`encoded start key empty (version ${form})`);
  const key = start.endsWith('\u0000') ? start.slice(0, -1) : start;
  if (key.split('/').includes('..')) throw bad(`invalid encoded start key (version ${form})`);
  return { revision: rv, after: prefix + key };
}

function parse(token: string): Record<string, unknown> {
  const wrong =
    /[^A-Za-z0-9_-]/.exec(token.replace(/=+$/, ''))?.index ??
    (token.length % 4 === 1 ? token.length - 1 : -1);
  if (wrong >= 0) throw bad(`illegal base64 data at input byte ${wrong}`);
  const text = Buffer.from(token, 'base64url').toString();
  try {
    const parsed: unknown = JSON.parse(text);
    if (isRecord(parsed)) return parsed;
  } catch (cause) {
    const first = JSON.stringify(text[0] ?? '').replaceAll('"', "'");
    const why =
      text === ''
        ? 'unexpected end of JSON input'
        : `invalid character ${first} looking for beginning of value`;
    throw bad(why, { cause });
  }
  throw bad('not an object');
}

function bad(why: string, options?: ErrorOptions): ApiError {
  return new ApiError(
    'BadRequest',
    `invalid continue token: continue key is not valid: ${why}`,
    undefined,
    options,
  );
}
