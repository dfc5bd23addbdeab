// How many seats a priority level could have used, over time (k8s.io/apiserver/pkg/util/flowcontrol: integrator.go and
// seatDemandStats). Milliseconds.

export interface DemandStatistics {
  highWatermark: number;
  average: number;
  deviation: number;
  /** Falls slowly: half of it in five minutes. */
  smoothed: number;
}

/** By which the smoothed demand falls in one period. */
const smoothing = 0.977;

export class SeatDemand {
  /** Of the last period. */
  statistics: DemandStatistics = { highWatermark: 0, average: 0, deviation: 0, smoothed: 0 };
  private value = 0;
  private since: number;
  private from: number;
  private sum = 0;
  private squares = 0;
  private most = 0;

  constructor(now: number) {
    this.since = now;
    this.from = now;
  }

  set(value: number, now: number): void {
    this.integrate(now);
    this.value = value;
    if (value > this.most) this.most = value;
  }

  /** Ends a period; `periods`: how many it has really been. */
  close(now: number, periods: number): DemandStatistics {
    this.integrate(now);
    const { highWatermark, average, deviation } = this.observed(now);
    const { smoothed } = this.statistics;
    if (now > this.from) {
      const envelope = average + deviation;
      const kept = smoothing ** periods;
      const next = Math.max(envelope, kept * smoothed + (1 - kept) * envelope);
      this.statistics = { highWatermark, average, deviation, smoothed: next };
    } else this.statistics = { ...this.statistics, highWatermark };
    [this.from, this.sum, this.squares, this.most] = [now, 0, 0, this.value];
    return this.statistics;
  }

  private observed(now: number): Omit<DemandStatistics, 'smoothed'> {
    const span = now - this.from;
    if (span <= 0) return { highWatermark: this.most, average: 0, deviation: 0 };
    const average = this.sum / span;
    const variance = Math.max(0, this.squares / span - average * average);
    return { highWatermark: this.most, average, deviation: Math.sqrt(variance) };
  }

  private integrate(now: number): void {
    const span = now - this.since;
    this.since = now;
    this.sum += this.value * span;
    this.squares += this.value * this.value * span;
  }
}
