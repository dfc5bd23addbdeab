// Which encoding a client wants its answers in.

import { ApiError } from '../../../shared/machinery/index.ts';

export type Encoding = 'json' | 'yaml';
const encodings = ['application/json', 'application/yaml'];

const jsonRanges = new Set(['application/json', 'application/*', '*/*']);

/**
 * The first of JSON and YAML in the client's order; a protobuf in front is passed over, as upstream does for resources
 * that have none. Throws NotAcceptable when neither is named.
 */
export function negotiate(accept: string | undefined): Encoding {
  // What most programs say needs no taking apart.
  if (!accept?.trim() || accept === 'application/json') return 'json';
  const ranges = accept
    .split(',')
    .map((range) => range.trim().toLowerCase().split(';'))
    .map(([type = '', ...parameters]) => ({ type: type.trim(), quality: qualityOf(parameters) }))
    .sort((a, b) => b.quality - a.quality);
  for (const { type, quality } of ranges) {
    if (quality === 0) continue;
    if (jsonRanges.has(type)) return 'json';
    if (type === 'application/yaml') return 'yaml';
  }
  throw new ApiError(
    'NotAcceptable',
    `406: Not Acceptable\n\nAvailable representations: ${encodings.join(', ')}`,
    {},
  );
}

function qualityOf(parameters: readonly string[]): number {
  const quality = parameters
    .map((parameter) => parameter.trim())
    .find((parameter) => parameter.startsWith('q='));
  const value = quality === undefined ? 1 : Number(quality.slice(2));
  return Number.isFinite(value) ? value : 0;
}
