// The registry: how objects are read and written. `handlers.ts` lists what there is; `write-steps.ts` how it is written.

export { noTypeMeta } from './decode-body.ts';
export { handlerOf } from './handlers.ts';
export type { Judgement } from './judge.ts';
export { FieldOwnership } from './managed-fields/index.ts';
export type { Handler, Outcome } from './outcome.ts';
export { kindOf, type RegistryParts } from './registry-parts.ts';
export { isCompacted } from './revision-errors.ts';
export { type Selection, selectionOf } from './selection.ts';
export { type AddressAllocator, ServiceAddresses } from './service-addresses.ts';
export { ServiceAllocator, type ServiceAllocatorOptions } from './service-allocator.ts';
export { subresourceForms } from './subresources/form.ts';
export { Turns } from './turns.ts';
export { allShown, asShown } from './versions.ts';
