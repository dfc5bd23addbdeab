// The text of one member of a JSON object: what stands twice in it is in no parsed value.

/** Strings as a whole, so that nothing in them counts; and what JSON is put together with. */
const tokens = /"(?:[^"\\]+|\\.)*"|[{}[\],:]/gs;

/** The member's value as it was written; undefined: there is none. `json` is an object that was parsed before. */
export function memberText(json: string, name: string): string | undefined {
  let depth = 0;
  let last = '';
  let begins: number | undefined;
  let found: string | undefined;
  for (const { 0: token, index } of json.matchAll(tokens)) {
    if (token === '}' || token === ']') depth -= 1;
    const ends = (token === ',' && depth === 1) || depth === 0;
    if (begins !== undefined && ends) {
      found = json.slice(begins, index);
      begins = undefined;
    }
    if (token === ':' && depth === 1 && last === `"${name}"`) begins = index + 1;
    if (token === '{' || token === '[') depth += 1;
    last = token;
  }
  return found;
}
