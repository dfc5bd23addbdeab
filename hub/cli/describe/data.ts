// `kelp describe configmap`, `secret` and `serviceaccount`. Of a secret's values only their sizes are
// shown, but a service account's token is, as `kubectl` does.

import { listAt, textAt, textsAt } from '../json.ts';
import { readList } from '../resource-arguments/index.ts';
import type { DescribeText } from './describe-text.ts';
import type { Describer } from './describer.ts';

function describeHead(text: DescribeText, object: unknown): void {
  text.line(0, 'Name:', textAt(object, 'metadata', 'name'));
  text.line(0, 'Namespace:', textAt(object, 'metadata', 'namespace'));
  text.labels('Labels', textsAt(object, 'metadata', 'labels'));
  text.annotations('Annotations', textsAt(object, 'metadata', 'annotations'));
}

const sizeOf = (base64: string) => Buffer.from(base64, 'base64').length;

export const describeConfigMap: Describer = async (text, map) => {
  describeHead(text, map);
  text.line(0, '\nData\n====');
  const data = textsAt(map, 'data');
  for (const key of Object.keys(data).sort()) text.line(0, `${key}:\n----\n${data[key]}\n`);
  text.line(0, '\nBinaryData\n====');
  const binary = textsAt(map, 'binaryData');
  for (const key of Object.keys(binary).sort()) text.line(0, `${key}: ${sizeOf(binary[key] ?? '')} bytes`);
  text.line(0, '');
};

export const describeSecret: Describer = async (text, secret) => {
  describeHead(text, secret);
  text.line(0, '\nType:', textAt(secret, 'type'));
  text.line(0, '\nData\n====');
  const isToken = textAt(secret, 'type') === 'kubernetes.io/service-account-token';
  const data = textsAt(secret, 'data');
  for (const key of Object.keys(data).sort()) {
    const value = data[key] ?? '';
    const shown = isToken && key === 'token' ? Buffer.from(value, 'base64') : `${sizeOf(value)} bytes`;
    text.line(0, `${key}:`, `${shown}`);
  }
};

export const describeServiceAccount: Describer = async (text, account, session) => {
  describeHead(text, account);
  const namespace = textAt(account, 'metadata', 'namespace');
  const secrets = await readList(session, await session.discovery.named('secrets'), { namespace });
  const existing = new Set(secrets.map(nameOf));
  const shown = (name: string) => (existing.has(name) ? name : `${name} (not found)`);
  const named = (field: string) => listAt(account, field).map((entry) => shown(textAt(entry, 'name')));
  text.multiline('Image pull secrets', named('imagePullSecrets'));
  text.multiline('Mountable secrets', named('secrets'));
  text.multiline('Tokens', secrets.filter((secret) => isTokenOf(secret, account)).map(nameOf));
};

const nameOf = (object: unknown) => textAt(object, 'metadata', 'name');

function isTokenOf(secret: unknown, account: unknown): boolean {
  const annotation = (key: string) => textAt(secret, 'metadata', 'annotations', key);
  return (
    textAt(secret, 'type') === 'kubernetes.io/service-account-token' &&
    annotation('kubernetes.io/service-account.name') === nameOf(account) &&
    annotation('kubernetes.io/service-account.uid') === textAt(account, 'metadata', 'uid')
  );
}
