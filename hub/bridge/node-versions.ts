// Which version of an object a node holds or is to hold: a hash of what nodes act upon. What a node itself says of its pods,
// and how the store counts, make no new version: its own word does not come back to it.

import { createHash } from 'node:crypto';
import { type Pod, statusForNode } from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type { Key } from '../store/index.ts';
import { partForNode } from './node-text.ts';
import { keyPrefix } from './store-keys.ts';

const podPrefix = keyPrefix({ group: '', resource: 'pods' });

/** Hexadecimal digits: two versions of one object that look the same would be a coincidence. */
const width = 16;

export class NodeVersions {
  /** Objects of the store are never changed, and many nodes may hold one. */
  private readonly known = new WeakMap<Live, string>();

  of(key: Key, object: Live): string {
    const known = this.known.get(object);
    if (known !== undefined) return known;
    const text = JSON.stringify(contentOf(key, object));
    const version = createHash('sha256').update(text).digest('hex').slice(0, width);
    this.known.set(object, version);
    return version;
  }
}

function contentOf(key: Key, object: Live): object {
  const part = partForNode(key, object);
  const { resourceVersion: _, ...metadata } = part.metadata;
  const { status } = isPod(key, object) ? object : {};
  return { ...part, metadata, ...(status && { status: statusForNode(status) }) };
}

/** What lies below the pods' prefix is a pod. */
function isPod(key: Key, object: Live): object is Live<Pod> {
  return key.startsWith(podPrefix) && object !== undefined;
}
