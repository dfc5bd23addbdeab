// How long a value is as JSON, without writing it: what is too large is found out for less than it would cost to go on.

/** Characters, with a few for what stands between; stops counting just above `limit`. */
export function roughSize(value: unknown, limit: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 4;
  let size = 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (size > limit) return size;
      size += 1 + roughSize(item, limit - size);
    }
    return size;
  }
  for (const [key, field] of Object.entries(value)) {
    if (size > limit) return size;
    size += key.length + 4 + roughSize(field, limit - size);
  }
  return size;
}
