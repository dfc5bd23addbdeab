export { prefixesOf } from './encrypted-resources.ts';
export { Encryption, type EncryptionOptions, type Rotation } from './encryption.ts';
export { encryptionHandler } from './encryption-handler.ts';
