export {
  clusterMaterial,
  type Material,
  type MaterialFile,
  type MaterialName,
  parseMaterial,
  readMaterial,
  stageMaterial,
  writeMaterial,
} from './cluster-material.ts';
export { FileReplacement } from './file-replacement.ts';
export {
  encodeMaterial,
  type SettleOptions,
  type SharedText,
  settleMaterial,
  sharedFile,
  shareMaterial,
} from './settle-material.ts';
