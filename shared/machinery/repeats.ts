// Which items of a list stand there twice, found in one pass: lists come from outside, and may be long.

/** The positions of the values that an earlier one is the same as. */
export function repeats(values: readonly unknown[]): ReadonlySet<number> {
  const seen = new Set<unknown>();
  const found = new Set<number>();
  values.forEach((value, position) => {
    if (seen.has(value)) found.add(position);
    seen.add(value);
  });
  return found;
}
