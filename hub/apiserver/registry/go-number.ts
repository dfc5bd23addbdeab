// Numbers in query parameters, refused in the words of Go's strconv.

import { ApiError, goQuoted } from '../../../shared/machinery/index.ts';

/** An integer parameter; undefined where it is absent or empty. Throws BadRequest. */
export function integerParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const fault = integerFault(text, /^[-+]?\d+$/, -(2n ** 63n), 2n ** 63n - 1n);
  if (fault) throw new ApiError('BadRequest', `strconv.ParseInt: parsing ${goQuoted(text)}: ${fault}`);
  return Number(text);
}

/** A resourceVersion: 0 where it is absent or empty. Throws BadRequest. */
export function parseResourceVersion(text: string | null | undefined): number {
  if (!text) return 0;
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  const fault = integerFault(text, /^\d+$/, 0n, 2n ** 64n - 1n);
  // More than any store has counted to: as good as the last that is exact.
  if (!fault) return Number.MAX_SAFE_INTEGER;
  const shown = goQuoted(text);
  const why = `strconv.ParseUint: parsing ${shown}: ${fault}`;
  throw new ApiError('BadRequest', `resourceVersion: Invalid value: ${shown}: ${why}`);
}

function integerFault(text: string, form: RegExp, least: bigint, most: bigint): string | undefined {
  if (!form.test(text)) return 'invalid syntax';
  const digits = text.replace(/^\+/, '');
  // No number of 64 bits is longer: what is need not be read.
  if (digits.replace(/^-?0*/, '').length > 20) return 'value out of range';
  const value = BigInt(digits);
  return value < least || value > most ? 'value out of range' : undefined;
}
