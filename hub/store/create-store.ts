// The engine that a user asks for: `embedded`, or an address of etcd.

import { readFile } from 'node:fs/promises';
import { type Clock, type Logger, UserError } from '../../shared/base/index.ts';
import { type EtcdAddress, isEtcdAddress, parseEtcdAddress, parseEtcdUserFile } from './etcd/address.ts';
import type { EtcdTls } from './etcd/connection.ts';
import { MaterialCell } from './etcd/material-cell.ts';
import { EtcdStore } from './etcd-store.ts';
import { NedbStore } from './nedb-store.ts';
import type { SharedCell } from './shared-cell.ts';
import type { Store } from './store.ts';
import type { StoredText } from './stored-text.ts';

/** As the options of a hub are called. Files are `''` when there is none. */
export interface StoreChoice {
  /** `embedded`, or as in etcd/address.ts. */
  store: string;
  storeCaFile: string;
  storeCertFile: string;
  storeKeyFile: string;
  storeUserFile: string;
}

export interface StoreParts {
  /** Of the embedded engine. */
  directory: string;
  clock: Clock;
  log: Logger;
  text?: StoredText;
  /** Of a store that several hubs share: hears what they have in common when it changes. */
  onMaterial?: (text: string) => void;
  /** Seconds that a shared store keeps what is volatile after its last write (default 1 h). */
  volatileLifetime?: number;
}

/** Not started. Rejects with a UserError that names the option that is wrong. */
export async function createStore(choice: StoreChoice, parts: StoreParts): Promise<Store> {
  if (isEtcdAddress(choice.store)) return etcdStore(choice, parts);
  if (choice.store !== 'embedded') {
    throw new UserError('store: must be "embedded" or an address like etcd://host:2379');
  }
  for (const name of ['storeCaFile', 'storeCertFile', 'storeKeyFile', 'storeUserFile'] as const) {
    if (choice[name]) throw new UserError(`${name}: the embedded store has no use for it`);
  }
  return new NedbStore(parts);
}

/** What hubs that share the chosen store have in common beside the objects; undefined: the store is this hub's alone. */
export async function createSharedCell(choice: StoreChoice): Promise<SharedCell | undefined> {
  return isEtcdAddress(choice.store) ? new MaterialCell(await etcdAccess(choice)) : undefined;
}

async function etcdStore(choice: StoreChoice, parts: StoreParts): Promise<Store> {
  return new EtcdStore({ ...parts, ...(await etcdAccess(choice)) });
}

/** Of an address of etcd. Rejects with a UserError that names the option that is wrong. */
export async function etcdAccess(choice: StoreChoice): Promise<{ address: EtcdAddress; tls?: EtcdTls }> {
  const address = parseEtcdAddress(choice.store);
  const [ca, cert, key, user] = await Promise.all([
    contentOf(choice, 'storeCaFile'),
    contentOf(choice, 'storeCertFile'),
    contentOf(choice, 'storeKeyFile'),
    contentOf(choice, 'storeUserFile'),
  ]);
  if (!address.tls && (ca || cert || key)) {
    throw new UserError('store: files for TLS are given, but the address is not one of etcds://');
  }
  if (Boolean(cert) !== Boolean(key)) {
    throw new UserError(`${cert ? 'storeKeyFile' : 'storeCertFile'}: a certificate and its key go together`);
  }
  if (user && address.user) throw new UserError('storeUserFile: the address has a user already');
  return {
    address: { ...address, ...(user && { user: parseEtcdUserFile(user.toString(), choice.storeUserFile) }) },
    ...(address.tls && { tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } }),
  };
}

async function contentOf(choice: StoreChoice, name: keyof StoreChoice): Promise<Buffer | undefined> {
  if (!choice[name]) return undefined;
  try {
    return await readFile(choice[name]);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${name}: cannot be read: ${why}`, { cause });
  }
}
