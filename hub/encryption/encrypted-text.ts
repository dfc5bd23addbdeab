// What objects are at rest: those of the chosen resources encrypted with the newest key, all others as JSON. Whatever was
// written before, in the clear or with an older key, is read all the same.

import type { KubeObject } from '../../shared/machinery/index.ts';
import { type Key, type StoredText, StoreError } from '../store/index.ts';
import type { EncryptionKey, KeyFile } from './key-file.ts';
import { isSealed, open, seal, sealedWith } from './seal.ts';

export interface EncryptedTextOptions {
  file: KeyFile;
  /** Prefixes of the keys of objects to encrypt, e.g. `/core/secrets/`. */
  prefixes: readonly Key[];
  /** Makes JSON of an object; default: the engine. */
  json?: ((object: KubeObject) => string) | undefined;
}

export class EncryptedText implements StoredText {
  private readonly options: EncryptedTextOptions;
  private readonly json: (object: KubeObject) => string;
  private ring: readonly EncryptionKey[] = [];

  constructor(options: EncryptedTextOptions) {
    this.options = options;
    this.json = options.json ?? JSON.stringify;
  }

  get keys(): readonly EncryptionKey[] {
    return this.ring;
  }

  /** From now on the first one encrypts. */
  use(keys: readonly EncryptionKey[]): void {
    this.ring = keys;
  }

  encode(key: Key, object: KubeObject): string {
    const json = this.json(object);
    if (!this.isToBeSealed(key)) return json;
    const [newest] = this.ring;
    if (!newest) throw new StoreError('unusable', `${key} cannot be encrypted: there is no key yet`);
    return seal(newest, key, json);
  }

  decode(key: Key, text: string): KubeObject {
    return JSON.parse(isSealed(text) ? this.opened(key, text) : text);
  }

  isCurrent(key: Key, text: string): boolean {
    if (!this.isToBeSealed(key)) return !isSealed(text);
    return sealedWith(text) === this.ring[0]?.id;
  }

  private isToBeSealed(key: Key): boolean {
    return this.options.prefixes.some((prefix) => key.startsWith(prefix));
  }

  private opened(key: Key, text: string): string {
    const id = sealedWith(text);
    if (id === undefined)
      throw new StoreError('unusable', `${key} is encrypted in a form that this version does not know`);
    try {
      return open(this.keyWith(id, key), key, text);
    } catch (cause) {
      if (cause instanceof StoreError) throw cause;
      const why = `${key} does not open with its key ${id}: it was altered, or put in another's place`;
      throw new StoreError('unusable', `${why}. Put a backup in the store's place.`, undefined, { cause });
    }
  }

  private keyWith(id: string, key: Key): EncryptionKey {
    const known = this.ring.find((each) => each.id === id) ?? this.foundAnew(id);
    if (known) return known;
    const { path } = this.options.file;
    throw new StoreError(
      'unusable',
      `${key} is encrypted with key ${id}, which is not in ${path}: put that file back from a backup (of several hubs, ` +
        `from another one), or add the key's line to it`,
    );
  }

  /** Another hub may have changed the keys since. */
  private foundAnew(id: string): EncryptionKey | undefined {
    try {
      const keys = this.options.file.readNow();
      if (!keys.some((each) => each.id === id)) return undefined;
      this.ring = keys;
      return keys.find((each) => each.id === id);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
