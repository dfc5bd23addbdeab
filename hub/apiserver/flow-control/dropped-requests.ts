// After how many seconds somebody who was refused shall come again: twice as many while many are refused, and slowly fewer then
// (k8s.io/apiserver/pkg/util/flowcontrol/dropped_requests_tracker.go).

const mostSeconds = 32;

export class DroppedRequests {
  /** Seconds. */
  retryAfter = 1;
  /** Refused in each of the last seconds, oldest first. */
  private readonly history: { second: number; requests: number }[] = [];
  private doubledAt = Number.NEGATIVE_INFINITY;

  /** `second`: now, whole seconds. */
  record(second: number): void {
    const current = this.history.at(-1);
    if (current?.second === second) {
      current.requests += 1;
      return;
    }
    while (this.history[0] && second - this.history[0].second > mostSeconds) this.history.shift();
    this.adjust(second);
    this.history.push({ second, requests: 1 });
  }

  private adjust(second: number): void {
    const dropped = this.history
      .filter((past) => second - past.second <= this.retryAfter)
      .reduce((total, { requests }) => total + requests, 0);
    if (dropped >= 3 * this.retryAfter && second - this.doubledAt >= this.retryAfter) {
      this.retryAfter = Math.min(mostSeconds, this.retryAfter * 2);
      this.doubledAt = second;
    } else if (dropped < this.retryAfter && this.retryAfter > 1) this.retryAfter -= 1;
  }
}
