// One text, encrypted with AES-256-GCM: `enc:aes256gcm:<key id>:<base64 of nonce, ciphertext, tag>`. What it belongs to is
// authenticated with it, so that one object's text cannot take another's place. Nonces are random: one key is good for
// 2^32 texts (NIST SP 800-38D, 8.3), at a write a second for 136 years.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { EncryptionKey } from './key-file.ts';

export interface Sealed {
  keyId: string;
  bytes: Buffer;
}

const algorithm = 'aes-256-gcm';
const prefix = 'enc:aes256gcm:';
const form = /^enc:aes256gcm:([0-9a-f]{8}):([A-Za-z0-9+/]+={0,2})$/;
const nonceBytes = 12;
const tagBytes = 16;

export function seal({ id, secret }: EncryptionKey, belongsTo: string, text: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, secret, nonce).setAAD(Buffer.from(belongsTo));
  const bytes = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${prefix}${id}:${bytes.toString('base64')}`;
}

/** JSON begins otherwise. */
export function isSealed(text: string): boolean {
  return text.startsWith('enc:');
}

/** The id of the key that opens it; undefined: this version knows no such form. */
export function sealedWith(text: string): string | undefined {
  return text.startsWith(prefix)
    ? /^[0-9a-f]{8}(?=:)/.exec(text.slice(prefix.length, prefix.length + 9))?.[0]
    : undefined;
}

/** Throws where the text was altered, or belongs to something else. */
export function open({ secret }: EncryptionKey, belongsTo: string, text: string): string {
  const bytes = Buffer.from(form.exec(text)?.[2] ?? '', 'base64');
  const end = bytes.length - tagBytes;
  if (end < nonceBytes) throw new Error('it is too short');
  const decipher = createDecipheriv(algorithm, secret, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(belongsTo)).setAuthTag(bytes.subarray(end));
  return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, end)), decipher.final()]).toString('utf8');
}
