// How options are read: from text (a flag) or from a YAML value. A parser throws an Error that says what was expected.

export type OptionParser<T> = (raw: unknown) => T;

export function text(raw: unknown): string {
  if (typeof raw === 'string') return raw;
  if (typeof raw === 'number') return String(raw);
  throw new Error('expected text');
}

export function boolean(raw: unknown): boolean {
  if (raw === true || raw === 'true') return true;
  if (raw === false || raw === 'false') return false;
  throw new Error('expected true or false');
}

/** A whole number, ends included. */
export function integer(
  minimum = Number.MIN_SAFE_INTEGER,
  maximum = Number.MAX_SAFE_INTEGER,
): OptionParser<number> {
  return (raw) => {
    const value = typeof raw === 'string' && /^-?[0-9]+$/.test(raw) ? Number(raw) : raw;
    if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum)
      return value;
    throw new Error(`expected a whole number from ${minimum} to ${maximum}`);
  };
}

/** 0 lets the system choose. */
export const port = integer(0, 65535);

export function oneOf<T extends string>(...choices: readonly T[]): OptionParser<T> {
  return (raw) => {
    const choice = choices.find((candidate) => candidate === raw);
    if (choice !== undefined) return choice;
    throw new Error(`expected one of ${choices.join(', ')}`);
  };
}

/** A YAML list, or text with commas. */
export function textList(raw: unknown): string[] {
  if (Array.isArray(raw)) return raw.map(text);
  if (typeof raw === 'string') return raw === '' ? [] : raw.split(',').map((part) => part.trim());
  throw new Error('expected a list');
}

/** A parser whose absent value (`null` in YAML) means: not set. */
export function optional<T>(parse: OptionParser<T>): OptionParser<T | undefined> {
  return (raw) => (raw === null ? undefined : parse(raw));
}
