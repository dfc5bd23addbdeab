// Encryption at rest: the keys, from the first one to the change of them.
//
//   load ─► store starts: whatever it holds could be read ─► start: makes the first key where there is none
//   rotate: new key in front, in the file ─► everything at rest is written anew ─► old keys out of the file
//
// Cut short anywhere, the file has all keys that anything at rest still needs; the next `rotate` goes on from there.

import type { Logger } from '../../shared/base/index.ts';
import { ApiError, type KubeObject } from '../../shared/machinery/index.ts';
import type { Key, Store, StoredText } from '../store/index.ts';
import { EncryptedText } from './encrypted-text.ts';
import { type EncryptionKey, formatKeys, KeyFile, newKey, parseKeys } from './key-file.ts';

export interface EncryptionOptions {
  keyFile: string;
  prefixes: readonly Key[];
  /** Makes JSON of an object that is written; default: the engine. */
  json?: (object: KubeObject) => string;
  /**
   * Changes the keys of all hubs of a cluster: `change` makes their new content from what it is now, or throws. Resolves
   * when all will hear of them before anything that needs them.
   */
  publish?(change: (current: string | undefined) => string): Promise<void>;
  /** Resolves when no other hub can still be writing with the keys that were there before `publish`. */
  settled?(): Promise<void>;
  log: Logger;
}

export interface Rotation {
  /** The key that encrypts from now on, by its id; absent: nothing is to be encrypted. */
  current?: string;
  /** Ids of those that nothing needs any more. */
  removed: string[];
}

export class Encryption {
  readonly text: EncryptedText;
  private readonly options: EncryptionOptions;
  private readonly file: KeyFile;
  private rotating: Promise<Rotation> | undefined;

  constructor(options: EncryptionOptions) {
    this.options = options;
    this.file = new KeyFile(options.keyFile);
    const { prefixes, json } = options;
    this.text = new EncryptedText({ file: this.file, prefixes, json });
  }

  get keyFile(): string {
    return this.file.path;
  }

  /** Throws UserError for a file that holds something else than keys. */
  async load(): Promise<void> {
    this.text.use(await this.file.read());
  }

  /** After the store: had it held anything encrypted, the key would have had to be there. */
  async start(): Promise<void> {
    if (this.text.keys.length > 0 || this.options.prefixes.length === 0) return;
    await this.change([newKey()]);
  }

  /** How objects are kept at this moment, and the content of a key file that opens them, whatever happens to the keys. */
  freeze(): { text: StoredText; keys: string | undefined } {
    const { keys } = this.text;
    const text = new EncryptedText({ file: this.file, prefixes: this.options.prefixes });
    text.use(keys);
    return { text, keys: keys.length > 0 ? formatKeys(keys) : undefined };
  }

  /** Resolves when nothing at rest needs an old key. One at a time: who asks meanwhile waits for the same. */
  rotate(store: Pick<Store, 'rewrite'>): Promise<Rotation> {
    this.rotating ??= this.rotateAlone(store).finally(() => {
      this.rotating = undefined;
    });
    return this.rotating;
  }

  private async rotateAlone(store: Pick<Store, 'rewrite'>): Promise<Rotation> {
    const before = await this.file.read();
    if (this.options.prefixes.length === 0) {
      // Turned off: nothing at rest needs a key any more, but a backup may.
      this.text.use(before);
      await store.rewrite();
      return { removed: [] };
    }
    // More than one: a rotation was cut short, or somebody has put a new key in front.
    const keys = before.length > 1 ? before : [newKey(), ...before];
    await this.change(keys);
    await this.options.settled?.();
    await store.rewrite();
    const [current, ...old] = keys;
    if (!current) throw new Error('there is no key');
    await this.change([current]);
    const removed = old.map(({ id }) => id);
    this.options.log.info({ current: current.id, removed }, 'the encryption key was changed');
    return { current: current.id, removed };
  }

  /** Another hub has changed the keys: they are good from now on; the file follows. */
  adopt(content: string): void {
    const keys = parseKeys(content, this.keyFile);
    if (formatKeys(keys) === formatKeys(this.text.keys)) return;
    this.text.use(keys);
    this.file
      .write(keys)
      .catch((error: unknown) =>
        this.options.log.error({ err: error }, 'new keys could not be kept in the file'),
      );
  }

  /** The file, and the other hubs, first: what is not in it must not encrypt anything. */
  private async change(keys: readonly EncryptionKey[]): Promise<void> {
    await this.options.publish?.((current) => {
      if (
        current !== undefined &&
        formatKeys(parseKeys(current, this.keyFile)) !== formatKeys(this.text.keys)
      )
        throw new ApiError('Conflict', 'another hub is changing the keys: wait until it is done');
      return formatKeys(keys);
    });
    await this.file.write(keys);
    this.text.use(keys);
  }
}
