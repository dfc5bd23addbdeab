export { type ChangeText, textChanger } from './change-text.ts';
export { prefixesOf } from './encrypted-resources.ts';
export { Encryption, type EncryptionOptions, type Rotation } from './encryption.ts';
export { encryptionHandler } from './encryption-handler.ts';
export { KeyFile, parseKeys } from './key-file.ts';
export { cellSeal, type OpenedCell, sealedCell } from './sealed-cell.ts';
