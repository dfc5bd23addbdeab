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
  const tags = line.toString('latin1', second + 1, third).split(':');
  const partial = tags[0] === 'P';
  const end = partial && line.at(-1) === 10 ? line.length - 1 : line.length;
  return { stamp: line.toString('latin1', 0, first), content: line.subarray(third + 1, end) };
}

/** The contents that are wanted, cut off after limitBytes. */
export async function* filterLines(
  lines: AsyncIterable<Buffer>,
  options: LogFilterOptions,
): AsyncGenerator<Buffer> {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  let begins = true;
  for await (const line of lines) {
    const parsed = parseLogLine(line);
    if (!parsed) continue;
    const wanted = render(parsed, begins, options);
    begins = parsed.content.at(-1) === 10;
    if (!wanted) continue;
    yield wanted.length > left ? wanted.subarray(0, left) : wanted;
    left -= wanted.length;
    if (left <= 0) return;
  }
}

/** `begins`: it is no further part of a line. conmon writes UTC as an offset. */
function render(
  { stamp, content }: LogLine,
  begins: boolean,
  { since, timestamps }: LogFilterOptions,
): Buffer | undefined {
  if (since !== undefined && (parseTime(stamp) ?? 0) < since) return undefined;
  if (!timestamps || !begins) return content;
  return Buffer.concat([Buffer.from(`${stamp.replace(/[+-]00:00$/, 'Z')} `), content]);
}
