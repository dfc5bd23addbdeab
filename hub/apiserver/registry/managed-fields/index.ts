export { apply, applyPatchType } from './apply.ts';
export { applyScale } from './apply-scale.ts';
export { type Entries, FieldOwnership, type Writing } from './field-ownership.ts';
export { managerName } from './manager-name.ts';
