// Events of etcd as commits: what one revision changed belongs together.

import type { IEvent, IWatchResponse } from 'etcd3';
import type { Live } from '../../../shared/machinery/index.ts';
import type { Batch } from '../history.ts';
import type { Change, Key } from '../store.ts';
import { readEpoch } from './epoch.ts';
import type { KeySpace } from './key-space.ts';
import type { ObjectReader } from './stored-objects.ts';
import { decodeValue } from './value.ts';

export interface ReadBatch {
  /** Oldest first. One without changes has only what is not for watchers. */
  batches: readonly MarkedBatch[];
  /** Present when it was written. */
  epoch?: string;
  /** Everything up to this revision has come; 0: nothing is said about that. */
  upTo: number;
}

export interface MarkedBatch {
  batch: Batch;
  marks: ReadonlySet<string>;
}

export class ChangeReader {
  private readonly keys: KeySpace;
  private readonly objects: ObjectReader;

  private readonly onMaterial: ((text: string) => void) | undefined;

  constructor(parts: { keys: KeySpace; objects: ObjectReader; onMaterial?: (text: string) => void }) {
    this.keys = parts.keys;
    this.objects = parts.objects;
    this.onMaterial = parts.onMaterial;
  }

  /** `held`: what is visible before the response. Throws 'unusable' for an object that cannot be read. */
  read({ header, events }: IWatchResponse, held: (key: Key) => Live | undefined): ReadBatch {
    if (events.length === 0) return { batches: [], upTo: Number(header.revision) };
    const within = new Map<Key, Live | undefined>();
    const before = (key: Key) => (within.has(key) ? within.get(key) : held(key));
    const batches: MarkedBatch[] = [];
    for (const [revision, ofOne] of byRevision(events)) {
      const { changes, marks } = this.readCommit(revision, ofOne, before);
      for (const { key, object } of changes) within.set(key, object);
      batches.push({ batch: { revision, changes }, marks });
    }
    const epoch = events.findLast(({ kv }) => kv.key.equals(this.keys.epoch));
    return { batches, upTo: 0, ...(epoch && { epoch: this.epochOf(epoch) }) };
  }

  private readCommit(revision: number, events: readonly IEvent[], before: (key: Key) => Live | undefined) {
    const changes: Change[] = [];
    const marks = new Set<string>();
    for (const { type, kv } of events) {
      const key = this.keys.keyOf(kv.key);
      if (key !== undefined) {
        const previous = before(key);
        const stored = type === 'Put' ? this.objects.read(key, kv) : undefined;
        if (stored) marks.add(stored.mark);
        changes.push({ revision, key, object: stored?.object, previous });
      } else if (type === 'Put' && this.keys.isMark(kv.key)) {
        marks.add(decodeValue(kv.value).mark);
      } else if (type === 'Put' && kv.key.equals(this.keys.material)) {
        // Told in its turn: what comes after it may need it.
        this.onMaterial?.(kv.value.toString());
      }
    }
    return { changes, marks };
  }

  /** `''` for one that was deleted. */
  private epochOf({ type, kv }: IEvent): string {
    return type === 'Put' ? readEpoch(this.keys, kv).id : '';
  }
}

function byRevision(events: readonly IEvent[]): Map<number, IEvent[]> {
  const groups = new Map<number, IEvent[]>();
  for (const event of events) {
    const revision = Number(event.kv.mod_revision);
    const group = groups.get(revision);
    if (group) group.push(event);
    else groups.set(revision, [event]);
  }
  return groups;
}
