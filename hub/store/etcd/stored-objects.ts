// Objects as etcd holds them: read one by one, or all of them at one revision.

import type { IKeyValue } from 'etcd3';
import { EntrySharing } from '../../../shared/machinery/apply/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { stamped } from '../live.ts';
import { type Key, StoreError } from '../store.ts';
import type { StoredText } from '../stored-text.ts';
import type { EtcdConnection } from './connection.ts';
import { EtcdFailure } from './etcd-failure.ts';
import { after, type KeySpace } from './key-space.ts';
import { decodeValue } from './value.ts';

export interface StoredObject {
  object: Live;
  /** Of the commit that wrote it. */
  mark: string;
}

export interface StoredObjects {
  revision: number;
  objects: Map<Key, Live>;
}

/** Hears which commit, at which revision, wrote an object. */
export type OnMark = (mark: string, revision: number) => void;

/** Objects of one answer of etcd: enough to be quick, few enough not to hold up the process. */
const pageSize = 500;

export class ObjectReader {
  private readonly connection: EtcdConnection;
  private readonly keys: KeySpace;
  private readonly text: StoredText;
  private readonly sharing = new EntrySharing();

  constructor(parts: { connection: EtcdConnection; keys: KeySpace; text: StoredText }) {
    this.connection = parts.connection;
    this.keys = parts.keys;
    this.text = parts.text;
  }

  /** Throws 'unusable', naming the key, for what cannot be read. */
  read(key: Key, { value, mod_revision }: IKeyValue): StoredObject {
    const { text, mark } = decodeValue(value);
    try {
      const object = this.text.decode(key, text);
      if (!object?.metadata) throw new TypeError('it is no object with metadata');
      this.sharing.share(object);
      return { object: stamped(object, Number(mod_revision)), mark };
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const name = this.keys.objectAt(key);
      const advice = `Put back what belongs there (etcdctl put), or remove it (etcdctl del ${name}).`;
      throw new StoreError('unusable', `etcd: ${name} cannot be read: ${why}. ${advice}`, undefined, {
        cause,
      });
    }
  }

  /** All objects as of one revision, the newest when it begins. Rejects with an EtcdFailure. */
  async readAll(onMark?: OnMark): Promise<StoredObjects> {
    for (;;) {
      try {
        return await this.readPages(onMark);
      } catch (error) {
        // Compacted while we read: begin again with a newer revision.
        if (!(error instanceof EtcdFailure) || error.kind !== 'compacted') throw error;
      }
    }
  }

  private async readPages(onMark?: OnMark): Promise<StoredObjects> {
    const objects = new Map<Key, Live>();
    let revision = 0;
    for (let range = this.keys.objects; ; ) {
      const page = await this.connection.range({ ...range, limit: pageSize, ...(revision && { revision }) });
      revision ||= Number(page.header.revision);
      for (const kv of page.kvs) {
        const key = this.keys.keyOf(kv.key);
        if (key === undefined) continue;
        const { object, mark } = this.read(key, kv);
        objects.set(key, object);
        onMark?.(mark, Number(kv.mod_revision));
      }
      const last = page.kvs.at(-1);
      if (!page.more || !last) return { revision, objects };
      range = after(range, last.key);
    }
  }
}
