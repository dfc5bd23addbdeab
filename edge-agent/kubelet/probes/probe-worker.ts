// One probe of one running container: asks again and again, and says when the answer has changed for good.
//
//   waits initialDelay ──▶ asks every period ──▶ `failureThreshold` failures or `successThreshold` successes in a row
//   turn the verdict. A startup probe ends with its first verdict.

import type { Clock, Timer } from '../../../shared/base/index.ts';
import type { Probe, ProbeResult } from './run-probe.ts';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';

interface Options {
  kind: ProbeKind;
  probe: Probe;
  /** Milliseconds that the container runs already. */
  runningForMs: number;
  /** The verdict before the first answer. */
  initial: boolean;
  clock: Clock;
  run(): Promise<ProbeResult>;
  /** After every try that did not succeed. */
  failed(result: ProbeResult): void;
  /** When the verdict turned; a failed liveness or startup probe says it once. */
  turned(healthy: boolean): void;
}

export class ProbeWorker {
  private readonly options: Options;
  private verdict: boolean;
  private inARow = { healthy: true, count: 0 };
  private timer: Timer | undefined;
  private stopped = false;

  constructor(options: Options) {
    this.options = options;
    this.verdict = options.initial;
  }

  get healthy(): boolean {
    return this.verdict;
  }

  start(): void {
    const { probe, runningForMs } = this.options;
    this.askIn(Math.max(0, (probe.initialDelaySeconds ?? 0) * 1000 - runningForMs));
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private askIn(ms: number): void {
    this.timer = this.options.clock.after(ms, () => {
      this.ask().catch(() => undefined); // `run` answers failures as results.
    });
  }

  private async ask(): Promise<void> {
    const { clock, probe, run } = this.options;
    const begun = clock.monotonic();
    const result = await run();
    if (this.stopped) return;
    this.judge(result);
    if (this.stopped) return;
    const took = clock.monotonic() - begun;
    this.askIn(Math.max(0, (probe.periodSeconds ?? 10) * 1000 - took));
  }

  private judge(result: ProbeResult): void {
    const { probe, kind, failed, turned } = this.options;
    if (result.outcome !== 'success') failed(result);
    if (result.outcome === 'error') return;
    const healthy = result.outcome !== 'failure';
    this.inARow = { healthy, count: this.inARow.healthy === healthy ? this.inARow.count + 1 : 1 };
    const threshold = healthy ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (this.inARow.count < threshold) return;
    const ends = kind === 'startup' || (kind === 'liveness' && !healthy);
    if (healthy === this.verdict && !ends) return;
    this.verdict = healthy;
    if (ends) this.stop();
    turned(healthy);
  }
}
