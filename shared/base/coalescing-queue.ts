// An outbox of the newest value per key. A key waits where its first value was put; newer values take its place.

export interface CoalescingQueueOptions {
  /** How many keys may wait. */
  capacity: number;
}

export class CoalescingQueue<K, V> {
  private readonly capacity: number;
  private readonly waiting = new Map<K, V>();

  constructor({ capacity }: CoalescingQueueOptions) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.waiting.size;
  }

  /** Answers the entry that was dropped because the queue is full (the oldest), if any: say so in the log. */
  put(key: K, value: V): [K, V] | undefined {
    const full = !this.waiting.has(key) && this.waiting.size >= this.capacity;
    const dropped = full ? this.take() : undefined;
    this.waiting.set(key, value);
    return dropped;
  }

  /** Puts back what could not be sent: at the front, unless a newer value has come meanwhile. */
  putBack(entries: readonly (readonly [K, V])[]): void {
    const newer = [...this.waiting];
    this.waiting.clear();
    for (const [key, value] of [...entries, ...newer]) this.put(key, value);
  }

  peek(): [K, V] | undefined {
    const first = this.waiting.entries().next();
    return first.done ? undefined : first.value;
  }

  /** The oldest key with its newest value. */
  take(): [K, V] | undefined {
    const entry = this.peek();
    if (entry) this.waiting.delete(entry[0]);
    return entry;
  }

  /** Takes up to `limit` entries, oldest first. */
  takeAll(limit = this.waiting.size): [K, V][] {
    const entries = [...this.waiting].slice(0, limit);
    for (const [key] of entries) this.waiting.delete(key);
    return entries;
  }

  delete(key: K): boolean {
    return this.waiting.delete(key);
  }

  clear(): void {
    this.waiting.clear();
  }
}
