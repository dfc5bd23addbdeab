// Rules of names bound to a path: one fault for each thing that is wrong, in the order in which upstream says them.

import {
  dns1123Label,
  dns1123Subdomain,
  type FieldError,
  type FieldPath,
  faults,
  ipAddress,
  type NameRule,
  patternMessage,
  portName,
  portNumber,
  qualifiedName,
} from '../../../machinery/index.ts';

/** Applies a rule of names to a value. */
export function named(rule: NameRule, value: string, path: FieldPath): FieldError[] {
  return rule(value).map((text) => faults.invalid(path, value, text));
}

export const label = (value: string, path: FieldPath) => named(dns1123Label, value, path);
export const subdomain = (value: string, path: FieldPath) => named(dns1123Subdomain, value, path);
/** Also what upstream calls a label name. */
export const qualified = (value: string, path: FieldPath) => named(qualifiedName, value, path);
export const address = (value: string, path: FieldPath) => named(ipAddress, value, path);

const pathFormat = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const pathPattern = new RegExp(`^${pathFormat}$`);

/** A name such as `example.com/ingress`. */
export function domainPrefixedPath(name: string, path: FieldPath): FieldError[] {
  const slash = name.indexOf('/');
  if (slash <= 0 || slash === name.length - 1) {
    return [faults.invalid(path, name, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  const rest = name.slice(slash + 1);
  return [
    ...subdomain(name.slice(0, slash), path),
    ...(pathPattern.test(rest)
      ? []
      : [faults.invalid(path, rest, patternMessage('Invalid path', pathFormat))]),
  ];
}

/** The object must be named; nothing is said of how. */
export function required(value: unknown, path: FieldPath, detail = ''): FieldError[] {
  const absent = value === undefined || value === null || value === '';
  return absent || (Array.isArray(value) && value.length === 0) ? [faults.required(path, detail)] : [];
}

export function notNegative(value: number | undefined, path: FieldPath): FieldError[] {
  return value !== undefined && value < 0
    ? [faults.invalid(path, value, 'must be greater than or equal to 0')]
    : [];
}

/** One of the values that are supported; they are shown in the order given. */
export function oneOf(value: string, supported: readonly string[], path: FieldPath): FieldError[] {
  return supported.includes(value) ? [] : [unsupported(path, value, supported)];
}

export function unsupported(path: FieldPath, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.map((each) => JSON.stringify(each)).join(', ');
  return {
    field: path.toString(),
    reason: 'FieldValueNotSupported',
    text: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
  };
}

/** A port by its number, or by the name that a container gives it. */
export function portNumberOrName(given: string | number | undefined, path: FieldPath): FieldError[] {
  const port = given ?? 0;
  const messages = typeof port === 'number' ? portNumber(port) : portName(port);
  return messages.map((text) => faults.invalid(path, port, text));
}
