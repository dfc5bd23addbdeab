// The names under which a cluster is kept in etcd, all below one prefix:
//
//   <prefix>/objects/<group>/<resource>/<namespace>/<name>   the objects, under the store's own keys
//   <prefix>/epoch                                           which history this is
//   <prefix>/material                                        what all hubs have in common (material-cell.ts)
//   <prefix>/compacted                                       who compacts etcd's history, and when it was done last
//   <prefix>/hubs/<hub>/fence, …/mark                        what makes a hub's writes certain (see fence.ts)

import type { Key } from '../store.ts';

export interface KeyRange {
  key: Buffer;
  range_end: Buffer;
}

export class KeySpace {
  readonly everything: KeyRange;
  readonly objects: KeyRange;
  readonly epoch: Buffer;
  readonly material: Buffer;
  readonly compacted: Buffer;
  private readonly objectPrefix: string;
  private readonly hubPrefix: string;

  /** `objects`: the name of that folder, which a restore changes. */
  constructor(prefix: string, objects = 'objects') {
    this.objectPrefix = `${prefix}/${objects}`;
    this.hubPrefix = `${prefix}/hubs/`;
    this.everything = below(`${prefix}/`);
    this.objects = below(`${this.objectPrefix}/`);
    this.epoch = Buffer.from(`${prefix}/epoch`);
    this.material = Buffer.from(`${prefix}/material`);
    this.compacted = Buffer.from(`${prefix}/compacted`);
  }

  objectAt(key: Key): Buffer {
    return Buffer.from(this.objectPrefix + key);
  }

  /** Everything under a prefix that ends in `/`, or the key itself. */
  rangeOf(prefix: Key): { key: Buffer; range_end?: Buffer } {
    return prefix.endsWith('/') ? below(this.objectPrefix + prefix) : { key: this.objectAt(prefix) };
  }

  /** The store's key; undefined for what is no object. */
  keyOf(name: Buffer): Key | undefined {
    const text = name.toString();
    return text.startsWith(`${this.objectPrefix}/`) ? text.slice(this.objectPrefix.length) : undefined;
  }

  fence(hub: string): Buffer {
    return Buffer.from(`${this.hubPrefix}${hub}/fence`);
  }

  mark(hub: string): Buffer {
    return Buffer.from(`${this.hubPrefix}${hub}/mark`);
  }

  isMark(name: Buffer): boolean {
    const text = name.toString();
    return text.startsWith(this.hubPrefix) && text.endsWith('/mark');
  }
}

/** All names that begin with `prefix`, which ends in `/`. */
function below(prefix: string): KeyRange {
  return { key: Buffer.from(prefix), range_end: Buffer.from(`${prefix.slice(0, -1)}0`) };
}

/** The rest of a range after `name`. */
export function after({ range_end }: KeyRange, name: Buffer): KeyRange {
  return { key: Buffer.concat([name, Buffer.alloc(1)]), range_end };
}
