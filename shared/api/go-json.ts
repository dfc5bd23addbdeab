// Texts within objects that have to be JSON themselves.

import { isRecord, jsonFault, jsonKind } from '../machinery/index.ts';

/** What Go's json.Unmarshal says of text that is to be a map; undefined: nothing is wrong with it. */
export function goJsonFault(text: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return jsonFault(text);
  }
  if (parsed === null || isRecord(parsed)) return undefined;
  return `json: cannot unmarshal ${jsonKind(parsed)} into Go value of type map[string]interface {}`;
}
