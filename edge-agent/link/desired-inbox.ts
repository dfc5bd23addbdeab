// What the hub sends, on its way to the disk: one entry for each object, the newest wins; written in batches, and only then
// acknowledged.

import type { Logger } from '../../shared/base/index.ts';
import { type Acks, type HubSync, parseDesired, parseTopic } from '../../shared/bus/index.ts';
import type { DesiredChange, DesiredCopy } from './desired-copy.ts';

export interface DesiredInboxOptions {
  copy: DesiredCopy;
  log: Logger;
  /** The batch is on the disk. */
  onSaved(acks: Acks): void;
  /** Everything that the hub has sent before this word is on the disk. */
  onEqual(revision: string): void;
  /** The disk refuses. */
  onFailed(error: unknown): void;
}

type Equal = Extract<HubSync, { type: 'equal' | 'bookmark' }>;

export class DesiredInbox {
  private readonly options: DesiredInboxOptions;
  private readonly waiting = new Map<string, DesiredChange>();
  private epoch = '';
  private equal: Equal | undefined;
  private saving: Promise<void> | undefined;

  constructor(options: DesiredInboxOptions) {
    this.options = options;
  }

  /** A message of `desired/…`. */
  take(topic: string, payload: Buffer): void {
    const parsed = parseTopic(topic);
    const envelope = parseDesired(payload);
    if (parsed?.kind !== 'desired' || !envelope) {
      this.options.log.warn({ topic }, 'the hub sent what cannot be read');
      return;
    }
    const { uid, revision, object, epoch } = envelope;
    this.put(epoch, { resource: parsed.address.resource, uid, revision, ...(object && { object }) });
  }

  takeGone(epoch: string, uids: readonly string[]): void {
    for (const uid of uids) this.put(epoch, { resource: '', uid, revision: '' });
  }

  takeEqual(message: Equal): void {
    this.epoch = message.epoch;
    this.equal = message;
    this.start();
  }

  /** Forgets what is not saved: the connection that brought it is gone, the next one brings it again. */
  async clear(): Promise<void> {
    this.waiting.clear();
    this.equal = undefined;
    await this.saving;
  }

  private put(epoch: string, change: DesiredChange): void {
    this.epoch = epoch;
    this.waiting.set(change.uid, change);
    this.start();
  }

  private start(): void {
    this.saving ??= this.save().finally(() => {
      this.saving = undefined;
      if (this.waiting.size > 0 || this.equal) this.start();
    });
  }

  private async save(): Promise<void> {
    const { copy, onSaved, onEqual, onFailed } = this.options;
    try {
      while (this.waiting.size > 0 || this.equal) {
        const changes = [...this.waiting.values()];
        const { epoch, equal } = this;
        this.waiting.clear();
        this.equal = undefined;
        await copy.save(changes);
        const saved = changes.filter(({ revision }) => revision !== '');
        if (saved.length > 0) {
          onSaved({ epoch, saved: Object.fromEntries(saved.map(({ uid, revision }) => [uid, revision])) });
        }
        if (!equal) continue;
        await copy.saveEpoch(equal.epoch);
        onEqual(equal.revision);
      }
    } catch (error) {
      this.waiting.clear();
      this.equal = undefined;
      onFailed(error);
    }
  }
}
