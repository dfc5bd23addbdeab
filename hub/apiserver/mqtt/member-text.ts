// The text of one member of a JSON object: what stands twice in it is in no parsed value.

/** The member's value as it was written; undefined: there is none. `json` is an object that was parsed before. */
export function memberText(json: string, name: string): string | undefined {
  const wanted = JSON.stringify(name);
  let depth = 0;
  let key = '';
  let begins: number | undefined;
  let found: string | undefined;
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    const isClose = character === '}' || character === ']';
    if (isClose) depth -= 1;
    if (begins !== undefined && ((character === ',' && depth === 1) || (isClose && depth === 0))) {
      found = json.slice(begins, at);
      begins = undefined;
    }
    if (character === '{' || character === '[') depth += 1;
    else if (character === ':' && depth === 1 && begins === undefined && key === wanted) begins = at + 1;
    else if (character === '"') {
      const end = endOfString(json, at);
      if (depth === 1 && begins === undefined) key = json.slice(at, end + 1);
      at = end;
    }
  }
  return found;
}

function endOfString(json: string, start: number): number {
  let end = start;
  do end = json.indexOf('"', end + 1);
  while (end >= 0 && isEscaped(json, end));
  return end < 0 ? json.length : end;
}

/** Whether an odd number of backslashes stands before. */
function isEscaped(json: string, at: number): boolean {
  let before = at - 1;
  while (json[before] === '\\') before -= 1;
  return (at - before) % 2 === 0;
}
