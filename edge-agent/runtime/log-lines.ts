// Lines of a log in the CRI format, and which of them a request wants: `2024-01-01T00:00:00.000000000Z stdout F text`.

import { parseTime } from '../../shared/machinery/index.ts';

export interface LogFilterOptions {
  timestamps?: boolean;
  limitBytes?: number;
  /** Milliseconds since the epoch. */
  since?: number;
}

interface LogLine {
  stamp: string;
  /** With its newline, unless it is a part of a longer line. */
  content: Buffer;
}

/** Undefined for what is no such line. */
export function parseLogLine(line: Buffer): LogLine | undefined {
  const first = line.indexOf(32);
  const second = line.indexOf(32, first + 1);
  const third = line.indexOf(32, second + 1);
  if (first <= 0 || second < 0 || third < 0) return undefined;
  // The first of the tags, which colons part.
  const partial = line[second + 1] === 80;
  const end = partial && line.at(-1) === 10 ? line.length - 1 : line.length;
  return { stamp: line.toString('latin1', 0, first), content: line.subarray(third + 1, end) };
}

/** `chunks`: of whole lines. The contents that are wanted, cut off after limitBytes. */
export async function* filterLines(
  chunks: AsyncIterable<Buffer>,
  options: LogFilterOptions,
): AsyncGenerator<Buffer> {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  let begins = true;
  for await (const chunk of chunks) {
    const all: Buffer[] = [];
    for (let at = 0, next = 0; at < chunk.length; at = next) {
      next = chunk.indexOf(10, at) + 1 || chunk.length;
      const line = parseLogLine(chunk.subarray(at, next));
      if (!line) continue;
      const wanted = render(line, begins, options);
      if (wanted) all.push(...wanted);
      begins = line.content.at(-1) === 10;
    }
    const bytes = Buffer.concat(all);
    if (bytes.length > 0) yield bytes.subarray(0, left);
    left -= bytes.length;
    if (left <= 0) return;
  }
}

/** `begins`: it is no further part of a line. conmon writes UTC as an offset. */
function render(
  { stamp, content }: LogLine,
  begins: boolean,
  { since, timestamps }: LogFilterOptions,
): Buffer[] | undefined {
  if (since !== undefined && (parseTime(stamp) ?? 0) < since) return undefined;
  if (!timestamps || !begins) return [content];
  return [Buffer.from(`${stamp.replace(/[+-]00:00$/, 'Z')} `), content];
}
