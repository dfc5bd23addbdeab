// Changes of the store as a version of the API shows them, one after the other: showing an object may take time (a webhook
// converts it), and nothing may overtake.

import type { Live } from '../../shared/machinery/index.ts';
import type { Change } from '../store/index.ts';

/** What is shown of a stored object. */
export type Turn = (object: Live) => Live | Promise<Live>;

/** A change, and what is shown of the object after it and before it. */
export interface TurnedChange {
  readonly change: Change;
  readonly object: Live | undefined;
  readonly previous: Live | undefined;
}

export interface TurnedChangesOptions {
  turn: Turn;
  onChange(turned: TurnedChange): void;
  /** An object could not be shown: nothing follows. */
  onFailure(error: unknown): void;
}

/** More changes than this do not wait to be shown. */
const limit = 1000;

export class TurnedChanges {
  private readonly options: TurnedChangesOptions;
  private tail: Promise<void> = Promise.resolve();
  private waiting = 0;
  private failed = false;

  constructor(options: TurnedChangesOptions) {
    this.options = options;
  }

  take(change: Change): void {
    if (this.failed) return;
    if (this.waiting >= limit) {
      this.fail(new Error(`more than ${limit} changes wait to be converted`));
      return;
    }
    if (this.waiting === 0 && this.takeNow(change)) return;
    this.queue(async () => {
      const object = change.object && (await this.options.turn(change.object));
      const previous = change.previous && (await this.options.turn(change.previous));
      if (!this.failed) this.options.onChange({ change, object, previous });
    });
  }

  /** Runs when all that was taken has been shown. */
  after(work: () => void): void {
    if (this.waiting === 0) work();
    else this.queue(async () => work());
  }

  /** Most objects are shown at once. False: this one takes time. */
  private takeNow(change: Change): boolean {
    const { turn, onChange } = this.options;
    try {
      const object = change.object && turn(change.object);
      const previous = change.previous && turn(change.previous);
      if (object instanceof Promise || previous instanceof Promise) {
        for (const pending of [object, previous])
          if (pending instanceof Promise) pending.catch(() => undefined); // asked for again, in its turn
        return false;
      }
      onChange({ change, object, previous });
    } catch (error) {
      this.fail(error);
    }
    return true;
  }

  private queue(work: () => Promise<void>): void {
    this.waiting += 1;
    this.tail = this.tail
      .then(work)
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        this.waiting -= 1;
      });
  }

  private fail(error: unknown): void {
    if (this.failed) return;
    this.failed = true;
    this.options.onFailure(error);
  }
}
