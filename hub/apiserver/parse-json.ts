// JSON as Go reads it, where the engine would read something else into it.

/** Half of a pair of escapes for one character. */
const surrogate = /\\u[dD][89a-fA-F]/;
const escapes =
  /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2})|[\s\S])/g;

export interface ParsedJson {
  body: unknown;
  text: string;
}

/** Throws SyntaxError. */
export function parseGoJson(sent: string): ParsedJson {
  const text = wholeCharacters(sent);
  return { body: JSON.parse(text), text };
}

/** Half of a character is U+FFFD: UTF-8 has nothing that it could be written as. Answers the text itself where it has none. */
export function wholeCharacters(text: string): string {
  if (!surrogate.test(text)) return text;
  return text.replace(escapes, (whole, half) => (half === undefined ? whole : '\\ufffd'));
}
