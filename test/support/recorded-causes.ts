// Compares causes of a refusal with recorded ones: values that only Go prints alike count as equal where the sentence does.

import type { StatusCause } from '../../shared/machinery/index.ts';

/** A Go value, which nobody outside Go prints alike: `core.Probe{…}`, `map[string]string(nil)`. */
const goValue =
  /^(?:Invalid|Unsupported|Duplicate) value: (?:\*?[a-z0-9]+\.[A-Z]|\[\]|map\[).*?(?:\}|\(nil\))(?:: (?=[^{}]*$)|$)/;

export function isGo({ message = '' }: StatusCause): boolean {
  return goValue.test(message);
}

/** What was found, in Go's words where the same is said of another spelling of the same value. */
export function alike(found: readonly StatusCause[], wanted: readonly StatusCause[]): StatusCause[] {
  return found.map((cause, position) => {
    const other = wanted[position];
    if (!other?.message || !isGo(other)) return cause;
    const detail = other.message.replace(goValue, '');
    return cause.message?.endsWith(detail) ? { ...cause, message: other.message } : cause;
  });
}

/** Upstream checks some things twice in an update, and says them twice. */
export function unique(causes: readonly StatusCause[]): StatusCause[] {
  const texts = new Set(causes.map((cause) => JSON.stringify(cause)));
  return [...texts].map((text) => JSON.parse(text));
}
