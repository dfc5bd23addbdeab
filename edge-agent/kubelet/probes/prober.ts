// All probes of this node's containers: begun when a container runs, ended with it.

import type { Container, Pod } from '../../../shared/api/index.ts';
import type { Clock } from '../../../shared/base/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import type { Runtime } from '../../runtime/index.ts';
import type { EventRecorder } from '../pod-events.ts';
import { type ProbeKind, ProbeWorker } from './probe-worker.ts';
import type { Reach } from './reach.ts';
import { runProbe } from './run-probe.ts';

export interface ProbedContainer {
  pod: Live<Pod>;
  container: Container;
  id: string;
  reach: Reach;
  runtime: Runtime;
  runningForMs: number;
  /** What was reported before this agent started; a restart of the agent is no reason to be unready. */
  before: { started: boolean; ready: boolean };
}

export interface Verdicts {
  started: boolean;
  ready: boolean;
  failedProbe?: 'liveness' | 'startup';
}

interface Options {
  clock: Clock;
  events: EventRecorder;
  /** A verdict of a container of that pod turned. */
  turned(podUid: string): void;
}

interface Entry {
  verdicts: Verdicts;
  workers: Map<ProbeKind, ProbeWorker>;
}

const kindWords: Record<ProbeKind, string> = {
  startup: 'Startup',
  liveness: 'Liveness',
  readiness: 'Readiness',
};

/** Of what did not succeed, or not quite. */
const spoken = {
  success: { reason: 'Unhealthy', word: 'succeeded' },
  warning: { reason: 'ProbeWarning', word: 'warning' },
  failure: { reason: 'Unhealthy', word: 'failed' },
  error: { reason: 'Unhealthy', word: 'errored' },
};

export class Prober {
  private readonly options: Options;
  private readonly entries = new Map<string, Entry>();

  constructor(options: Options) {
    this.options = options;
  }

  /** Begins the container's probes. Idempotent. */
  add(probed: ProbedContainer): void {
    if (this.entries.has(probed.id)) return;
    const { startupProbe, readinessProbe } = probed.container;
    const started = !startupProbe || probed.before.started;
    const entry: Entry = {
      verdicts: { started, ready: !readinessProbe || (started && probed.before.ready) },
      workers: new Map(),
    };
    this.entries.set(probed.id, entry);
    if (started) this.beginRunning(entry, probed);
    else this.begin(entry, probed, 'startup', false);
  }

  verdicts(id: string): Verdicts | undefined {
    return this.entries.get(id)?.verdicts;
  }

  remove(id: string): void {
    for (const worker of this.entries.get(id)?.workers.values() ?? []) worker.stop();
    this.entries.delete(id);
  }

  /** A container that is being stopped is not restarted for its probes; whether it is ready is still asked. */
  stopping(id: string): void {
    const workers = this.entries.get(id)?.workers;
    workers?.get('startup')?.stop();
    workers?.get('liveness')?.stop();
  }

  stop(): void {
    for (const id of [...this.entries.keys()]) this.remove(id);
  }

  private beginRunning(entry: Entry, probed: ProbedContainer): void {
    this.begin(entry, probed, 'liveness', true);
    this.begin(entry, probed, 'readiness', entry.verdicts.ready);
  }

  private begin(entry: Entry, probed: ProbedContainer, kind: ProbeKind, initial: boolean): void {
    const { clock, events } = this.options;
    const { pod, container, id, reach, runtime, runningForMs } = probed;
    const probe = container[`${kind}Probe`];
    if (!probe) return;
    const worker = new ProbeWorker({
      ...{ kind, probe, runningForMs, initial, clock },
      run: () => runProbe(probe, { container, containerId: id, reach, runtime }),
      failed: ({ outcome, output }) => {
        const { reason, word } = spoken[outcome];
        events.pod(pod, 'Warning', reason, `${kindWords[kind]} probe ${word}: ${output}`, container.name);
      },
      turned: (healthy) => this.turn(entry, probed, kind, healthy),
    });
    entry.workers.set(kind, worker);
    worker.start();
  }

  private turn(entry: Entry, probed: ProbedContainer, kind: ProbeKind, healthy: boolean): void {
    const { verdicts } = entry;
    if (kind === 'readiness') verdicts.ready = healthy;
    else if (!healthy) verdicts.failedProbe = kind;
    else if (kind === 'startup') {
      verdicts.started = true;
      this.beginRunning(entry, { ...probed, runningForMs: Number.POSITIVE_INFINITY });
    }
    this.options.turned(probed.pod.metadata.uid);
  }
}
