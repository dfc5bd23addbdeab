// Texts within objects that have to be JSON themselves.

import { isRecord, jsonFault, jsonKind } from '../machinery/index.ts';

/** What Go's json.Unmarshal says of text that is to be a map, or a list of that type; undefined: nothing is wrong with it. */
export function goJsonFault(text: string, list?: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return jsonFault(text);
  }
  if (parsed === null || (list ? Array.isArray(parsed) : isRecord(parsed))) return undefined;
  return `json: cannot unmarshal ${jsonKind(parsed)} into Go value of type ${list ?? 'map[string]interface {}'}`;
}
