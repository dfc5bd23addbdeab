// The name of a storage driver, wherever one is named.

import { dns1123Subdomain, type FieldError, type FieldPath, faults } from '../../machinery/index.ts';

const longest = 63;

export function validateDriverName(name: string, path: FieldPath): FieldError[] {
  return [
    ...(name ? [] : [faults.required(path)]),
    ...(name.length > longest ? [faults.tooLong(path, longest)] : []),
    ...dns1123Subdomain(name.toLowerCase()).map((text) => faults.invalid(path, name, text)),
  ];
}
