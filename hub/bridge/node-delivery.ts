// What one connected node is sent: an outbox keyed by object, a window of what is not yet acknowledged, and the exchange
// of digests that makes both ends equal after a break.
//
//   idle ──digest──▶ comparing ──equal──────────────────▶ live
//                        └──different, map──▶ catching up ──outbox empty──▶ live        (a new digest begins again)

import type { Logger } from '../../shared/base/index.ts';
import {
  type AgentSync,
  Digest,
  desiredTopic,
  encode,
  type HubSync,
  syncTopic,
} from '../../shared/bus/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type { NodeReach } from '../apiserver/index.ts';
import type { Broker } from '../broker/index.ts';
import type { Key, Store } from '../store/index.ts';
import { textForNode } from './node-text.ts';
import type { NodeVersions } from './node-versions.ts';
import { addressOfKey } from './store-keys.ts';

export interface NodeDeliveryOptions {
  node: string;
  broker: Pick<Broker, 'send'>;
  store: Store;
  reach: NodeReach;
  versions: NodeVersions;
  log: Logger;
}

type Phase = 'idle' | 'comparing' | 'catching up' | 'live';

interface Held {
  uid: string;
  version: string;
}

/** What may be on its way to the agent unacknowledged: it saves before it acknowledges. */
const windowBytes = 1024 * 1024;
const windowObjects = 256;
/** Uids in one message. */
const goneAtOnce = 1_000;

export class NodeDelivery {
  private readonly options: NodeDeliveryOptions;
  /** Keys that may differ from what the node holds. */
  private readonly outbox = new Set<Key>();
  /** What the node holds, or will when it has taken what is on its way. */
  private readonly held = new Map<Key, Held>();
  private readonly unacknowledged = new Map<string, { revision: string; bytes: number }>();
  private bytesOnTheWay = 0;
  private phase: Phase = 'idle';
  private pumping = false;
  private closed = false;
  /** Counts digests, so that a comparison that was overtaken ends. */
  private exchange = 0;

  constructor(options: NodeDeliveryOptions) {
    this.options = options;
  }

  /** Objects that the node has not yet acknowledged in their newest version; undefined: not known before it is live. */
  get behind(): number | undefined {
    if (this.phase === 'idle' || this.phase === 'comparing') return undefined;
    return this.outbox.size + this.unacknowledged.size;
  }

  close(): void {
    this.closed = true;
    this.outbox.clear();
  }

  /** An object in the node's reach has changed. */
  changed(key: Key): void {
    if (this.phase === 'idle') return;
    this.outbox.add(key);
    void this.pump();
  }

  acknowledged(saved: Record<string, string>): void {
    for (const [uid, revision] of Object.entries(saved)) {
      const waiting = this.unacknowledged.get(uid);
      if (waiting?.revision !== revision) continue;
      this.unacknowledged.delete(uid);
      this.bytesOnTheWay -= waiting.bytes;
    }
    void this.pump();
  }

  async hear(message: AgentSync): Promise<void> {
    if (message.type === 'digest') await this.compare(message);
    else if (this.phase === 'comparing') await this.catchUp(message.versions);
  }

  private async compare({
    boot,
    epoch,
    revision: before,
    hash,
  }: Extract<AgentSync, { type: 'digest' }>): Promise<void> {
    this.exchange += 1;
    const { exchange } = this;
    this.phase = 'comparing';
    this.outbox.clear();
    this.held.clear();
    this.unacknowledged.clear();
    this.bytesOnTheWay = 0;
    const { log, node, store } = this.options;
    const { revision } = store;
    const wanted = await this.wanted();
    if (this.closed || exchange !== this.exchange) return;
    const digest = new Digest();
    for (const { uid, version } of wanted.values()) digest.set(uid, version);
    const equal = epoch === store.epoch && hash === digest.hash;
    log.debug({ node, boot, epoch, before, revision, equal }, 'a node compares what it holds');
    if (!equal) {
      this.say({ type: 'different', epoch: store.epoch });
      return;
    }
    for (const [key, held] of wanted) this.held.set(key, held);
    this.phase = 'live';
    this.say({ type: 'equal', epoch: store.epoch, revision: String(revision) });
    await this.pump();
  }

  private async catchUp(versions: Record<string, string>): Promise<void> {
    const { exchange } = this;
    const { epoch } = this.options.store;
    const wanted = await this.wanted();
    if (this.closed || exchange !== this.exchange) return;
    const gone = new Set(Object.keys(versions));
    for (const [key, held] of wanted) {
      gone.delete(held.uid);
      if (versions[held.uid] === held.version) this.held.set(key, held);
      else this.outbox.add(key);
    }
    const uids = [...gone];
    for (let from = 0; from < uids.length; from += goneAtOnce) {
      this.say({ type: 'gone', epoch, uids: uids.slice(from, from + goneAtOnce) });
    }
    this.phase = 'catching up';
    await this.pump();
  }

  /** What the node is to hold, as it is now. */
  private async wanted(): Promise<Map<Key, Held>> {
    const { node, reach, store, versions } = this.options;
    const found = new Map<Key, Held>();
    for (const key of reach.objectsOf(node)) {
      const object = await store.get(key);
      if (object) found.set(key, { uid: object.metadata.uid, version: versions.of(key, object) });
    }
    return found;
  }

  /** Sends until the outbox is empty or the window full; each key as it is at that moment. */
  private async pump(): Promise<void> {
    if (this.pumping || this.phase === 'idle' || this.phase === 'comparing') return;
    this.pumping = true;
    try {
      while (!this.closed && this.bytesOnTheWay < windowBytes && this.unacknowledged.size < windowObjects) {
        const [key] = this.outbox;
        if (key === undefined) break;
        this.outbox.delete(key);
        const { exchange } = this;
        const object = await this.options.store.get(key);
        if (exchange === this.exchange) this.send(key, object);
      }
    } catch (error) {
      this.options.log.warn({ err: error, node: this.options.node }, 'the desired state could not be read');
    } finally {
      this.pumping = false;
    }
    if (this.phase === 'catching up' && this.outbox.size === 0 && !this.closed) {
      this.phase = 'live';
      const { epoch, revision } = this.options.store;
      this.say({ type: 'bookmark', epoch, revision: String(revision) });
    }
  }

  private send(key: Key, object: Live | undefined): void {
    const { node, reach, store, versions } = this.options;
    const held = this.held.get(key);
    const wanted = object && reach.reaches(node, key) ? object : undefined;
    if (held && held.uid !== wanted?.metadata.uid) {
      const message = encode({
        type: 'gone',
        revision: String(store.revision),
        uid: held.uid,
        epoch: store.epoch,
      });
      this.put(key, held.uid, String(store.revision), message);
      this.held.delete(key);
    }
    if (!wanted) return;
    const { uid } = wanted.metadata;
    const version = versions.of(key, wanted);
    if (held?.uid === uid && held.version === version) return;
    const head = JSON.stringify({ type: 'set', revision: version, uid, epoch: store.epoch });
    this.put(key, uid, version, `${head.slice(0, -1)},"object":${textForNode(key, wanted)}}`);
    this.held.set(key, { uid, version });
  }

  private put(key: Key, uid: string, revision: string, message: string): void {
    const address = addressOfKey(key);
    if (!address) return;
    this.bytesOnTheWay += message.length - (this.unacknowledged.get(uid)?.bytes ?? 0);
    this.unacknowledged.set(uid, { revision, bytes: message.length });
    this.options.broker.send(desiredTopic(this.options.node, address), message);
  }

  private say(message: HubSync): void {
    this.options.broker.send(syncTopic(this.options.node, 'hub'), encode(message), 1);
  }
}
