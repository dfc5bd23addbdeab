// Changes an object where it is at rest, and leaves it as secret as it was: for those who move a store, not for its hub.

import type { KubeObject } from '../../shared/machinery/index.ts';
import type { Key } from '../store/index.ts';
import { EncryptedText } from './encrypted-text.ts';
import { KeyFile, parseKeys } from './key-file.ts';
import { isSealed } from './seal.ts';

export type ChangeText = (key: Key, text: string, change: (object: KubeObject) => KubeObject) => string;

/** With the keys of that content of a key file (`path` is for messages); sealed texts are sealed again with the first. */
export function textChanger(content: string | undefined, path: string): ChangeText {
  const file = new KeyFile(path);
  const keys = parseKeys(content ?? '', path);
  const sealing = new EncryptedText({ file, prefixes: ['/'] });
  const plain = new EncryptedText({ file, prefixes: [] });
  for (const each of [sealing, plain]) each.use(keys);
  return (key, text, change) =>
    (isSealed(text) ? sealing : plain).encode(key, change(sealing.decode(key, text)));
}
