// How an object becomes the text that an engine keeps, and an object again: what is at rest may differ from what is
// served (encryption), the engines need not know how.

import type { KubeObject } from '../../shared/machinery/index.ts';
import type { Key } from './store.ts';

export interface StoredText {
  /** Synchronous, as commits are in the order in which they are encoded. The object may lack its resourceVersion. */
  encode(key: Key, object: KubeObject): string;
  /** The object that was encoded under that key. Throws StoreError 'unusable', saying what is needed to read it. */
  decode(key: Key, text: string): KubeObject;
  /** Whether the text is one that `encode` might write now: in the form, and with the key, of today. */
  isCurrent(key: Key, text: string): boolean;
}

/** The object's JSON. */
export const plainText: StoredText = {
  encode: (_key, object) => JSON.stringify(object),
  decode: (_key, text) => JSON.parse(text),
  isCurrent: () => true,
};
