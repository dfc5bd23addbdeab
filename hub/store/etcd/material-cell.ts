// The shared cell of hubs whose store is etcd. It has a connection of its own for each use: it is used at the start, before
// the store, and when keys change.

import type { IKeyValue } from 'etcd3';
import type { SharedCell } from '../shared-cell.ts';
import { StoreError } from '../store.ts';
import { EtcdConnection, type EtcdConnectionOptions } from './connection.ts';
import { readEpoch } from './epoch.ts';
import { EtcdFailure } from './etcd-failure.ts';
import { KeySpace } from './key-space.ts';

const timeoutMs = 10_000;

export class MaterialCell implements SharedCell {
  readonly place: string;
  private readonly options: Omit<EtcdConnectionOptions, 'requestTimeout'>;
  private readonly keys: KeySpace;

  constructor(options: Omit<EtcdConnectionOptions, 'requestTimeout'>) {
    this.options = options;
    this.keys = new KeySpace(options.address.prefix);
    this.place = `${this.keys.material} in etcd`;
  }

  async read(): Promise<string | undefined> {
    return (await this.connected((connection) => this.find(connection)))?.value.toString();
  }

  replace(before: string | undefined, text: string): Promise<boolean> {
    return this.connected(async (connection) => {
      const found = await this.find(connection);
      if (found?.value.toString() !== before) return false;
      const key = this.keys.material;
      const { succeeded } = await connection.transact({
        compare: [{ target: 'Mod', result: 'Equal', key, mod_revision: found?.mod_revision ?? 0 }],
        success: [{ request_put: { key, value: Buffer.from(text) } }],
      });
      return succeeded;
    });
  }

  async epoch(): Promise<string | undefined> {
    const found = await this.connected((connection) => this.find(connection, this.keys.epoch));
    return found && readEpoch(this.keys, found).id;
  }

  private async find(connection: EtcdConnection, key = this.keys.material): Promise<IKeyValue | undefined> {
    return (await connection.range({ key })).kvs[0];
  }

  private async connected<T>(use: (connection: EtcdConnection) => Promise<T>): Promise<T> {
    const connection = new EtcdConnection({ ...this.options, requestTimeout: timeoutMs });
    try {
      await connection.open();
      return await use(connection);
    } catch (error) {
      if (!(error instanceof EtcdFailure)) throw error;
      throw new StoreError('unusable', `cannot open the store: ${error.message}`, undefined, {
        cause: error,
      });
    } finally {
      connection.close();
    }
  }
}
