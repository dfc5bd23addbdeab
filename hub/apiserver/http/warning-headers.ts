// What of a request's warnings fits into the head of its answer: clients take no head of any length.

/** Characters of all, as upstream. */
const mostInAll = 4 * 1024;
/** Of each, where all of them are too long. */
const mostOfEach = 256;

/** Each once; where they are too long together each is cut, and the last are left out. */
export function fittingWarnings(warnings: readonly string[]): string[] {
  const distinct = [...new Set(warnings)];
  const whole = fitting(distinct);
  return whole.length === distinct.length
    ? whole
    : fitting(distinct.map((warning) => [...warning.slice(0, 2 * mostOfEach)].slice(0, mostOfEach).join('')));
}

function fitting(warnings: readonly string[]): string[] {
  let written = 0;
  const end = warnings.findIndex((warning) => {
    written += [...warning].length;
    return written >= mostInAll;
  });
  return end < 0 ? [...warnings] : warnings.slice(0, end);
}
