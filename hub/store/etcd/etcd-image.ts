// Replaces a cluster in etcd by another: its objects are written beside the old ones, then one transaction makes them the
// cluster and removes the others. Hubs that run meanwhile notice the new epoch, and end.

import { randomBytes } from 'node:crypto';
import type { IRequestOp } from 'etcd3';
import { type Key, StoreError } from '../store.ts';
import { EtcdConnection, type EtcdConnectionOptions } from './connection.ts';
import { type Epoch, readEpoch } from './epoch.ts';
import { EtcdFailure } from './etcd-failure.ts';
import { KeySpace } from './key-space.ts';
import { encodeValue } from './value.ts';

/** What stands for a mark: no hub wrote this. */
const mark = 'restored';
/** Below etcd's defaults of 128 operations and 1.5 MiB. */
const mostOperations = 100;
const mostBytes = 1024 * 1024;

interface Found {
  epoch: Epoch | undefined;
  modRevision: string;
  cluster: string;
  /** As etcd counts. */
  revision: number;
  material: string | undefined;
}

export class EtcdImage {
  /** The newest revision, as its hubs count; undefined: there is no cluster. */
  readonly revision: number | undefined;
  /** What hubs have in common there, as it is (material-cell.ts); undefined: nothing. */
  readonly material: string | undefined;
  private readonly connection: EtcdConnection;
  private readonly prefix: string;
  private readonly found: Found;
  /** Where the new objects are. */
  private readonly objects = `objects-${randomBytes(6).toString('hex')}`;

  private constructor(connection: EtcdConnection, prefix: string, found: Found) {
    this.connection = connection;
    this.prefix = prefix;
    this.found = found;
    this.material = found.material;
    this.revision = found.epoch && found.revision + (found.epoch.offset ?? 0);
  }

  /** Rejects with 'unavailable', or with 'unusable' where something else is under that prefix. */
  static async open(options: EtcdConnectionOptions): Promise<EtcdImage> {
    const connection = new EtcdConnection(options);
    await connection.open();
    try {
      const { prefix } = options.address;
      const keys = new KeySpace(prefix);
      const { header, kvs } = await asked(connection.range({ key: keys.epoch }));
      const epoch = kvs[0] && readEpoch(keys, kvs[0]);
      const modRevision = kvs[0]?.mod_revision ?? '0';
      const common = await asked(connection.range({ key: keys.material }));
      const material = common.kvs[0]?.value.toString();
      const [cluster, revision] = [header.cluster_id, Number(header.revision)];
      return new EtcdImage(connection, prefix, { epoch, modRevision, cluster, revision, material });
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  close(): void {
    this.connection.close();
  }

  /** Of the cluster that is there; undefined: there is none. */
  get epoch(): string | undefined {
    return this.found.epoch?.id;
  }

  /** Puts the objects beside those that are there: nobody sees them yet. */
  async write(entries: AsyncIterable<{ key: Key; text: string }>): Promise<void> {
    await this.removeLeft();
    const keys = new KeySpace(this.prefix, this.objects);
    let puts: IRequestOp[] = [];
    let bytes = 0;
    const flush = async () => {
      if (puts.length > 0) await asked(this.connection.transact({ success: puts }));
      puts = [];
      bytes = 0;
    };
    for await (const { key, text } of entries) {
      const value = encodeValue({ text, mark });
      if (puts.length >= mostOperations || bytes + value.length > mostBytes) await flush();
      puts.push({ request_put: { key: keys.objectAt(key), value } });
      bytes += value.length;
    }
    await flush();
  }

  /**
   * Makes them the cluster, with that material, all of whose revisions will be greater than `above`. False: somebody else
   * has done so meanwhile.
   */
  async switchTo(id: string, above: number, material: string): Promise<boolean> {
    const epoch: Epoch = {
      id,
      cluster: this.found.cluster,
      offset: Math.max(0, above - this.found.revision),
      objects: this.objects,
    };
    const { epoch: key, material: common } = new KeySpace(this.prefix);
    const switched = this.connection.transact({
      compare: [{ target: 'Mod', result: 'Equal', key, mod_revision: this.found.modRevision }],
      success: [
        { request_put: { key, value: Buffer.from(JSON.stringify(epoch)) } },
        { request_put: { key: common, value: Buffer.from(material) } },
        ...this.others().map((range) => ({ request_delete_range: range })),
      ],
    });
    return (await asked(switched)).succeeded;
  }

  /** What a restore that was cut short has left, but not what hubs use now. */
  private async removeLeft(): Promise<void> {
    const used = this.found.epoch?.objects ?? 'objects';
    const success = this.around(used).map((range) => ({ request_delete_range: range }));
    await asked(this.connection.transact({ success }));
  }

  /** All folders of objects but the new one, and what hubs have put up to make their writes certain. */
  private others() {
    const hubs = `${this.prefix}/hubs/`;
    return [
      ...this.around(this.objects),
      { key: Buffer.from(hubs), range_end: Buffer.from(`${hubs.slice(0, -1)}0`) },
    ];
  }

  /** Everything below `<prefix>/objects…`, before and after one of these folders. */
  private around(folder: string) {
    const from = Buffer.from(`${this.prefix}/objects`);
    const to = Buffer.from(`${this.prefix}/objectt`);
    const { objects } = new KeySpace(this.prefix, folder);
    return [
      { key: from, range_end: objects.key },
      { key: objects.range_end, range_end: to },
    ];
  }
}

/** Rejects with a StoreError where etcd is out of reach, or refuses. */
async function asked<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof EtcdFailure
      ? new StoreError('unavailable', error.message, undefined, { cause: error })
      : error;
  }
}
