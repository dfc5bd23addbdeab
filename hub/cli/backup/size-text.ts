// Bytes as people read them.

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `999 B`, `1.5 kB`, `12 MB`. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
