// The keys of encrypted objects as a file: one key a line, 32 bytes in base64, the newest first.

import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readIfThere, UserError, writeFileDurably } from '../../shared/base/index.ts';

export interface EncryptionKey {
  /** Follows from the key, so that none can stand under another's name. */
  readonly id: string;
  readonly secret: Buffer;
}

const header = `# Keys of encrypted objects, the newest first: it encrypts what is written, the others only read what it has not
# reached yet. Whoever loses this file loses the Secrets; whoever has it, and the store, reads them.
`;
const keyBytes = 32;

export function newKey(): EncryptionKey {
  return keyOf(randomBytes(keyBytes));
}

function keyOf(secret: Buffer): EncryptionKey {
  const id = createHash('sha256').update('kelp encryption key\n').update(secret).digest('hex').slice(0, 8);
  return { id, secret };
}

/** Throws UserError, naming the line. */
export function parseKeys(content: string, path: string): EncryptionKey[] {
  return content.split('\n').flatMap((line, at) => {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) return [];
    const secret = Buffer.from(text, 'base64');
    if (secret.length === keyBytes && secret.toString('base64') === text) return [keyOf(secret)];
    throw new UserError(
      `${path}:${at + 1}: must be a key of ${keyBytes} bytes in base64 (openssl rand -base64 ${keyBytes})`,
    );
  });
}

export function formatKeys(keys: readonly EncryptionKey[]): string {
  return header + keys.map(({ secret }) => `${secret.toString('base64')}\n`).join('');
}

export class KeyFile {
  readonly path: string;
  private writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
  }

  /** No keys where there is no file. */
  async read(): Promise<EncryptionKey[]> {
    const content = await readIfThere(this.path).catch((cause: unknown) => this.refuse('read', cause));
    return parseKeys(content ?? '', this.path);
  }

  /** For those who cannot wait: somebody else has written with a key that is new. */
  readNow(): EncryptionKey[] {
    return parseKeys(readFileSync(this.path, 'utf8'), this.path);
  }

  /** Only its owner may read it. One after the other: a hub's own change of keys also comes back to it from the others. */
  write(keys: readonly EncryptionKey[]): Promise<void> {
    const written = this.writing.then(() => writeFileDurably(this.path, formatKeys(keys), 0o600));
    this.writing = written.catch(() => undefined); // who asked for it hears of it
    return written.catch((cause: unknown) => this.refuse('write', cause));
  }

  private refuse(what: string, cause: unknown): never {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`cannot ${what} the encryption keys: ${why}`, { cause });
  }
}
