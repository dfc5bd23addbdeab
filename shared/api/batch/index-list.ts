// Lists of indexes as a Job writes them, e.g. `0,2-4`: where such a text is wrong, in upstream's words.

interface Interval {
  first: number;
  last: number;
}

/** Undefined: the text is a list of growing indexes below `completions`. */
export function whyNoIndexes(text: string, completions: number): string | undefined {
  let previous: number | undefined;
  for (const interval of intervalsOf(text, completions)) {
    if (typeof interval === 'string') return interval;
    if (previous !== undefined && previous >= interval.first) return notGrowing(previous, interval.first);
    previous = interval.last;
  }
  return undefined;
}

/** None where the text is wrong. */
export function countIndexes(text: string, completions: number): number {
  if (whyNoIndexes(text, completions) !== undefined) return 0;
  return readable(text, completions).reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

/** The first index that both name; what cannot be read of them is left out. */
export function commonIndex(one: string, other: string, completions: number): number | undefined {
  const left = readable(one, completions);
  const right = readable(other, completions);
  for (let [i, j] = [0, 0]; ; ) {
    const [a, b] = [left[i], right[j]];
    if (!a || !b) return undefined;
    if (a.first <= b.last && b.first <= a.last) return Math.max(a.first, b.first);
    if (a.first <= b.first) i += 1;
    else j += 1;
  }
}

function readable(text: string, completions: number): Interval[] {
  return intervalsOf(text, completions).filter((interval) => typeof interval !== 'string');
}

function intervalsOf(text: string, completions: number): (Interval | string)[] {
  return text === '' ? [] : text.split(',').map((part) => parseInterval(part, completions));
}

function parseInterval(text: string, completions: number): Interval | string {
  const limits = text.split('-');
  if (limits.length > 2) {
    return `the fragment "${text}" violates the requirement that an index interval can have at most two parts separated by '-'`;
  }
  const numbers: number[] = [];
  for (const limit of limits) {
    if (!/^\+?\d+$/.test(limit)) return `cannot convert string to integer for index: "${limit}"`;
    if (Number(limit) >= completions) return `too large index: "${limit}"`;
    numbers.push(Number(limit));
  }
  const [first = 0, last] = numbers;
  if (last === undefined) return { first, last: first };
  return first < last ? { first, last } : notGrowing(first, last);
}

function notGrowing(previous: number, current: number): string {
  return `non-increasing order, previous: ${previous}, current: ${current}`;
}
