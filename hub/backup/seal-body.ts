// A body behind a passphrase: scrypt makes the key, AES-256-GCM encrypts and authenticates body and header.

import {
  createCipheriv,
  createDecipheriv,
  type DecipherGCM,
  randomBytes,
  scrypt,
  timingSafeEqual,
} from 'node:crypto';
import { UserError } from '../../shared/base/index.ts';
import { withoutLast } from './without-last.ts';

export interface SealParameters {
  kdf: 'scrypt';
  cost: number;
  blockSize: number;
  parallelization: number;
  /** base64, all of them. */
  salt: string;
  nonce: string;
  /** Tells a wrong passphrase from a damaged file. */
  check: string;
}

export interface Seal {
  parameters: SealParameters;
  key: Buffer;
}

const algorithm = 'aes-256-gcm';
/** 32 MiB and some tenths of a second: a board with 1 GB can do it. */
const work = { cost: 2 ** 15, blockSize: 8, parallelization: 1 };
const mostMemory = 256 * 1024 * 1024;
const keyBytes = 32;
const checkBytes = 16;
const tagBytes = 16;

export async function newSeal(passphrase: string): Promise<Seal> {
  const salt = randomBytes(16);
  const { key, check } = await derive(passphrase, { ...work, salt });
  const nonce = randomBytes(12).toString('base64');
  const parameters = {
    kdf: 'scrypt',
    ...work,
    salt: salt.toString('base64'),
    nonce,
    check: check.toString('base64'),
  } as const;
  return { parameters, key };
}

/** Throws UserError for a passphrase that is not the one, and for parameters that nobody should have chosen. */
export async function sealOf(passphrase: string, parameters: SealParameters): Promise<Seal> {
  const { kdf, cost, blockSize, parallelization } = parameters;
  const memory = 128 * cost * blockSize * parallelization;
  const sound = [cost, blockSize, parallelization].every((value) => Number.isInteger(value) && value > 0);
  if (kdf !== 'scrypt' || !sound || memory > mostMemory)
    throw new UserError('it is sealed in a way that this version does not know');
  const salt = Buffer.from(String(parameters.salt), 'base64');
  const { key, check } = await derive(passphrase, { cost, blockSize, parallelization, salt });
  const expected = Buffer.from(String(parameters.check), 'base64');
  if (expected.length !== check.length || !timingSafeEqual(check, expected))
    throw new UserError('the passphrase is not the one that it was made with');
  return { parameters, key };
}

function derive(
  passphrase: string,
  { salt, ...costs }: typeof work & { salt: Buffer },
): Promise<{ key: Buffer; check: Buffer }> {
  return new Promise((resolve, reject) => {
    scrypt(
      passphrase,
      salt,
      keyBytes + checkBytes,
      { ...costs, maxmem: 2 * mostMemory },
      (error, derived) => {
        if (error) reject(error);
        else resolve({ key: derived.subarray(0, keyBytes), check: derived.subarray(keyBytes) });
      },
    );
  });
}

/** `head`: the header's bytes, with these parameters in it. */
export async function* sealedBody(
  { key, parameters }: Seal,
  head: Buffer,
  body: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const cipher = createCipheriv(algorithm, key, Buffer.from(parameters.nonce, 'base64')).setAAD(head);
  for await (const chunk of body) yield cipher.update(chunk);
  yield cipher.final();
  yield cipher.getAuthTag();
}

/** Throws UserError at the end of what was altered. */
export async function* openedBody(
  { key, parameters }: Seal,
  head: Buffer,
  body: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const nonce = Buffer.from(parameters.nonce, 'base64');
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(head);
  for await (const { bytes, last } of withoutLast(tagBytes, Buffer.alloc(0), body[Symbol.asyncIterator]())) {
    if (!last) yield decipher.update(bytes);
    else yield finished(decipher, bytes);
  }
}

function finished(decipher: DecipherGCM, tag: Buffer): Buffer {
  try {
    return decipher.setAuthTag(tag).final();
  } catch (cause) {
    throw new UserError('it is damaged: it does not open with its passphrase', { cause });
  }
}
