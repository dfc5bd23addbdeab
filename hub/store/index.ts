export { createStore, type StoreChoice } from './create-store.ts';
export { type DirectoryLock, lockDirectory } from './directory-lock.ts';
export { type EtcdAddress, parseEtcdAddress } from './etcd/address.ts';
export { EtcdStore, type EtcdStoreOptions } from './etcd-store.ts';
export { MemoryStore, type MemoryStoreOptions } from './memory-store.ts';
export { NedbStore, type NedbStoreOptions } from './nedb-store.ts';
export * from './store.ts';
export { revisionOfStore, type StoreImage, writeStoreImage } from './store-image.ts';
export { plainText, type StoredText } from './stored-text.ts';
