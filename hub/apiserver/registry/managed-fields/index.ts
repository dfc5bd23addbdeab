export { type Entries, FieldOwnership, type Writing } from './field-ownership.ts';
export { managerName } from './manager-name.ts';
