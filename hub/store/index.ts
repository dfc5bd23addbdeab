export { MemoryStore, type MemoryStoreOptions } from './memory-store.ts';
export * from './store.ts';
