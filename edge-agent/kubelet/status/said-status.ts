// What was said of a pod last, kept for the next agent: at once where a container is another or has started, else every ten
// seconds, as a probe that wavers is not worth a write to flash each time.

import type { PodStatus } from '../../../shared/api/index.ts';
import type { Clock } from '../../../shared/base/index.ts';
import { saveSaid } from '../pod-notes.ts';

interface Options {
  /** The pod's own. */
  folder: string;
  clock: Clock;
}

const saveEveryMs = 10_000;

export class SaidStatus {
  private readonly options: Options;
  private unsaved: PodStatus | undefined;
  private saved: PodStatus | undefined;
  private savedAt = Number.NEGATIVE_INFINITY;

  constructor(options: Options) {
    this.options = options;
  }

  async note(status: PodStatus): Promise<void> {
    this.unsaved = status;
    if (startsOf(status) !== startsOf(this.saved)) await this.save();
  }

  /** Saves what is due; answers the milliseconds until something is. */
  async untilDue(): Promise<number> {
    if (!this.unsaved) return Number.POSITIVE_INFINITY;
    const left = this.savedAt + saveEveryMs - this.options.clock.monotonic();
    if (left > 0) return left;
    await this.save();
    return Number.POSITIVE_INFINITY;
  }

  async save(): Promise<void> {
    const status = this.unsaved;
    if (!status) return;
    this.forget();
    this.saved = status;
    this.savedAt = this.options.clock.monotonic();
    await saveSaid(this.options.folder, status);
  }

  /** Nothing of the pod is to be left. */
  forget(): void {
    this.unsaved = undefined;
  }
}

/** Which containers there are, and whether they have started. */
function startsOf(status: PodStatus | undefined): string {
  const { initContainerStatuses = [], containerStatuses = [] } = status ?? {};
  return [...initContainerStatuses, ...containerStatuses]
    .map(({ containerID, started }) => `${containerID} ${started}`)
    .join();
}
