export { type FileFlags, type ManifestObject, readManifests } from './read-manifests.ts';
