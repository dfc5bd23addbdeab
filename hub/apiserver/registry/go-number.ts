// Numbers in query parameters, refused in the words of Go's strconv.

import { ApiError } from '../../../shared/machinery/index.ts';

/** An integer parameter; undefined where it is absent or empty. Throws BadRequest. */
export function integerParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[-+]?\d+$/.test(text)) {
    throw new ApiError('BadRequest', `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

/** A resourceVersion: 0 where it is absent or empty. Throws BadRequest. */
export function parseResourceVersion(text: string | null | undefined): number {
  if (!text) return 0;
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  const shown = JSON.stringify(text);
  const why = `strconv.ParseUint: parsing ${shown}: invalid syntax`;
  throw new ApiError('BadRequest', `resourceVersion: Invalid value: ${shown}: ${why}`);
}
