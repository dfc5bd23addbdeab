/** The word as a POSIX shell reads it: whatever is in it. */
export function quoted(word: string): string {
  return `'${word.replace(/'/g, `'\\''`)}'`;
}
