export { MemoryStore, type MemoryStoreOptions } from './memory-store.ts';
export { NedbStore, type NedbStoreOptions } from './nedb-store.ts';
export * from './store.ts';
