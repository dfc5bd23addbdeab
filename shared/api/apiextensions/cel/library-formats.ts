// Named formats: format.named('dns1123Label').value().validate('a') is optional.none(), or an optional list of faults.

import { type Environment, Optional } from '@marcbachmann/cel-js';
import {
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  labelValue,
  qualifiedName,
} from '../../../machinery/index.ts';
import { hasFormat } from '../schema/formats.ts';

class CelFormat {
  readonly #check: (text: string) => string[];

  constructor(check: (text: string) => string[]) {
    this.#check = check;
  }

  static faultsOf(format: CelFormat, text: string): string[] {
    return format.#check(text);
  }
}

class FormatNamespace {}

const asFormat = (name: string, words: string) => (text: string) => (hasFormat(text, name) ? [] : [words]);

/** A prefix may end in what a name may not. */
const prefix = (check: (text: string) => string[]) => (text: string) => check(text.replace(/-$/, 'a'));

const formats: Readonly<Record<string, (text: string) => string[]>> = {
  dns1123Label: (text) => dns1123Label(text),
  dns1123Subdomain: (text) => dns1123Subdomain(text),
  dns1035Label: (text) => dns1035Label(text),
  qualifiedName: (text) => qualifiedName(text),
  labelValue: (text) => labelValue(text),
  dns1123LabelPrefix: prefix((text) => dns1123Label(text)),
  dns1123SubdomainPrefix: prefix((text) => dns1123Subdomain(text)),
  dns1035LabelPrefix: prefix((text) => dns1035Label(text)),
  uri: asFormat('uri', 'invalid URI'),
  uuid: asFormat('uuid', 'does not match the UUID format'),
  byte: asFormat('byte', 'invalid base64'),
  date: asFormat('date', 'invalid date'),
  datetime: asFormat('datetime', 'invalid datetime'),
};

export function addFormats(environment: Environment): void {
  environment
    .registerType('kubernetes.NamedFormat', { ctor: CelFormat })
    .registerType('kubernetes.FormatNamespace', { ctor: FormatNamespace })
    .registerConstant('format', 'kubernetes.FormatNamespace', new FormatNamespace())
    .registerFunction(
      'kubernetes.FormatNamespace.named(string): optional<kubernetes.NamedFormat>',
      (_: FormatNamespace, name: string) => {
        const check = Object.hasOwn(formats, name) ? formats[name] : undefined;
        return check ? Optional.of(new CelFormat(check)) : Optional.none();
      },
    )
    .registerFunction(
      'kubernetes.NamedFormat.validate(string): optional<list<string>>',
      (format: CelFormat, text: string) => {
        const found = CelFormat.faultsOf(format, text);
        return found.length > 0 ? Optional.of(found) : Optional.none();
      },
    );
  for (const [name, check] of Object.entries(formats))
    environment.registerFunction(
      `kubernetes.FormatNamespace.${name}(): kubernetes.NamedFormat`,
      () => new CelFormat(check),
    );
}
