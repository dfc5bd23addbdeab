export { fetchLayout } from './fetch-layout.ts';
export { FinalFailure } from './final-failure.ts';
export { hostImage, parseImage } from './image-reference.ts';
export { ImageStore } from './image-store.ts';
export type { ImageConfig } from './oci-manifest.ts';
export { resolveInside } from './resolve-inside.ts';
export { filesOf, type StoredImage } from './stored-image.ts';
