// `kelp describe configmap` and `secret`. A secret's values are not shown, only their sizes.

import { listAt, recordAt, textAt, textsAt } from '../json.ts';
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
  const data = textsAt(secret, 'data');
  for (const key of Object.keys(data).sort()) text.line(0, `${key}:`, `${sizeOf(data[key] ?? '')} bytes`);
};

export const describeServiceAccount: Describer = async (text, account) => {
  describeHead(text, account);
  const names = (field: string) =>
    listAt(account, field)
      .map((entry) => textAt(entry, 'name'))
      .sort();
  for (const [title, field] of [
    ['Image pull secrets', 'imagePullSecrets'],
    ['Mountable secrets', 'secrets'],
  ] as const) {
    text.multiline(title, names(field));
  }
  text.multiline('Tokens', Object.keys(recordAt(account, 'tokens')));
};
