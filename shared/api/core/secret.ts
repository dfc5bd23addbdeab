// The Kind Secret: bytes by name, of a type that says which names must be there.

export type { Secret } from 'kubernetes-types/core/v1';

import type { Secret } from 'kubernetes-types/core/v1';
import { type FieldError, FieldPath, faults, setField } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { goJsonFault } from '../go-json.ts';
import type { Strategy } from '../resource.ts';
import { bytesOf, immutableFaults, keyFaults, mostData } from './config-map.ts';

const dataPath = new FieldPath('data');
/** What upstream's path really says here: a slip that its clients know. */
const slippedPath = new FieldPath('data[%s]');
const accountAnnotation = 'kubernetes.io/service-account.name';

type Rule = (secret: Secret, data: Readonly<Record<string, string>>) => FieldError[];

/** Type → what a secret of it must have. Other types are free. */
const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  [
    'kubernetes.io/service-account-token',
    ({ metadata }) =>
      metadata?.annotations?.[accountAnnotation]
        ? []
        : [faults.required(new FieldPath('metadata').child('annotations').key(accountAnnotation))],
  ],
  ['kubernetes.io/dockercfg', (_, data) => validateJson('.dockercfg', data)],
  ['kubernetes.io/dockerconfigjson', (_, data) => validateJson('.dockerconfigjson', data)],
  [
    'kubernetes.io/basic-auth',
    (_, data) =>
      Object.hasOwn(data, 'username') || Object.hasOwn(data, 'password')
        ? []
        : [faults.required(slippedPath.key('username')), faults.required(slippedPath.key('password'))],
  ],
  [
    'kubernetes.io/ssh-auth',
    (_, data) => (data['ssh-privatekey'] ? [] : [faults.required(slippedPath.key('ssh-privatekey'))]),
  ],
  [
    'kubernetes.io/tls',
    (_, data) =>
      ['tls.crt', 'tls.key']
        .filter((key) => !Object.hasOwn(data, key))
        .map((key) => faults.required(dataPath.key(key))),
  ],
]);

export const strategy: Strategy<Secret> = {
  schema: 'io.k8s.api.core.v1.Secret',
  default: defaultSecret,
  prepareForUpdate(next, old) {
    next.type ||= old.type ?? '';
  },
  changeFirst: true,
  validate: validateSecret,
  validateUpdate: (next, old) => [
    ...((next.type ?? '') === (old.type ?? '')
      ? []
      : [faults.invalid(new FieldPath('type'), next.type ?? '', 'field is immutable')]),
    ...(old.immutable ? immutableFaults(next, old, ['data']) : []),
  ],
  warnings: warningsOf,
  fields: { type: (secret) => secret.type ?? '' },
  columns: [
    nameColumn(),
    textColumn(
      'Type',
      'Used to facilitate programmatic handling of secret data. More info: https://kubernetes.io/docs/concepts/configuration/secret/#secret-types',
      (secret) => secret.type ?? '',
    ),
    textColumn(
      'Data',
      "Data contains the secret data. Each key must consist of alphanumeric characters, '-', '_' or '.'. The serialized form of the secret data is a base64 encoded string, representing the arbitrary (possibly non-string) data value here. Described in https://tools.ietf.org/html/rfc4648#section-4",
      (secret) => Object.keys(secret.data ?? {}).length,
    ),
    ageColumn(),
  ],
};

/** `stringData` is for writing only: it overrides what `data` says. */
function defaultSecret(secret: Secret): void {
  secret.type ||= 'Opaque';
  if (!secret.stringData) return;
  const data: Record<string, string> = { ...secret.data };
  for (const [key, text] of Object.entries(secret.stringData))
    setField(data, key, Buffer.from(text).toString('base64'));
  secret.data = data;
  delete secret.stringData;
}

function validateSecret(secret: Secret): FieldError[] {
  const { data = {}, type = '' } = secret;
  const found = Object.keys(data).flatMap((key) => keyFaults(key, dataPath));
  const size = Object.values(data).reduce((sum, value) => sum + bytesOf(value), 0);
  if (size > mostData) found.push(faults.tooLong(dataPath, mostData));
  return [...found, ...(rules.get(type)?.(secret, data) ?? [])];
}

function validateJson(key: string, data: Readonly<Record<string, string>>): FieldError[] {
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  if (value === undefined) return [faults.required(dataPath.key(key))];
  const fault = goJsonFault(Buffer.from(value, 'base64').toString());
  return fault ? [faults.invalid(dataPath.key(key), '<secret contents redacted>', fault)] : [];
}

/** What Go's tls.X509KeyPair says first of a pair that is none. */
function warningsOf({ type, data = {} }: Secret): string[] {
  if (type !== 'kubernetes.io/tls') return [];
  const hasPem = (key: string) =>
    /-----BEGIN [^-]+-----/.test(Buffer.from(data[key] ?? '', 'base64').toString('latin1'));
  if (!hasPem('tls.crt')) return ['tls: failed to find any PEM data in certificate input'];
  return hasPem('tls.key') ? [] : ['tls: failed to find any PEM data in key input'];
}
