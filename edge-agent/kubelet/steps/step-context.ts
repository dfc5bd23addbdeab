// What the steps of one pod's plan are carried out with.

import type { Clock, Logger } from '../../../shared/base/index.ts';
import type { DesiredState, Reporter } from '../../link/index.ts';
import type { Runtime } from '../../runtime/index.ts';
import type { PodFacts } from '../container/field-ref.ts';
import type { EventRecorder } from '../pod-events.ts';
import type { PodPaths } from '../pod-paths.ts';
import type { PodRecord } from '../pod-record.ts';
import type { Reach } from '../probes/reach.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';

export interface StepContext {
  record: PodRecord;
  runtime: Runtime;
  desired: DesiredState;
  reporter: Reporter;
  events: EventRecorder;
  paths: PodPaths;
  /** The board's start. */
  boot: string;
  volumes: PodVolumes;
  /** Aborts when the pod is to end, or the agent: nothing more is begun. */
  ending: AbortSignal;
  clock: Clock;
  log: Logger;
  facts(): PodFacts;
  /** How its hooks get to it. */
  reach(): Reach;
  /** Plan again after so many milliseconds at the latest. */
  wakeIn(ms: number): void;
  /** Runs beside the plan and wakes it at its end. */
  background(work: () => Promise<void>): void;
  reportStatus(): Promise<void>;
}
