// One pod as it is now: what the runtime knows of its containers, their last words, and what their probes say; those that run
// are probed from then on.

import { join } from 'node:path';
import type { Clock } from '../../shared/base/index.ts';
import type { Runtime, RuntimeContainer } from '../runtime/index.ts';
import type { ObservedPod } from './observed-pod.ts';
import type { PodPaths } from './pod-paths.ts';
import type { PodRecord } from './pod-record.ts';
import type { Prober } from './probes/prober.ts';
import type { Reach } from './probes/reach.ts';
import { LastWords } from './status/last-words.ts';

interface Options {
  record: PodRecord;
  runtime: Runtime;
  prober: Prober;
  paths: PodPaths;
  /** What the other pods leave to this one. */
  room(record: PodRecord): ObservedPod['room'];
  /** How its probes get to it. */
  reach(): Reach;
  clock: Clock;
}

export class PodLook {
  private readonly options: Options;
  private readonly lastWords: LastWords;

  constructor(options: Options) {
    this.options = options;
    this.lastWords = new LastWords(options.paths);
  }

  async containers(): Promise<RuntimeContainer[]> {
    const all = await this.options.runtime.list();
    return all.filter(({ podUid }) => podUid === this.options.record.uid);
  }

  /** Where the newest of each name keeps what it writes: its own files where they are apart, and its logs. */
  async folders(): Promise<ReadonlyMap<string, readonly string[]>> {
    const { record, runtime, paths } = this.options;
    const newest = new Map<string, RuntimeContainer>();
    for (const container of await this.containers()) {
      const other = newest.get(container.name);
      if (!other || other.attempt < container.attempt) newest.set(container.name, container);
    }
    const found = [...newest.values()].map(async ({ id, name }) => {
      const own = await runtime.writableFolder?.(id);
      return [name, [join(paths.logFolder(record.pod), name), ...(own === undefined ? [] : [own])]] as const;
    });
    return new Map(await Promise.all(found));
  }

  async look(): Promise<ObservedPod> {
    const { record, prober } = this.options;
    const containers = await this.lastWords.addTo(await this.containers(), record.pod);
    const isEnding = record.unwanted || record.pod.metadata.deletionTimestamp !== undefined;
    for (const container of containers) {
      if (container.state === 'exited') prober.remove(container.id);
      else if (isEnding) prober.stopping(container.id);
      else this.probe(container);
    }
    return this.observed(containers);
  }

  /** Without a word to the prober. */
  async glance(): Promise<ObservedPod> {
    return this.observed(await this.containers());
  }

  private observed(containers: readonly RuntimeContainer[]): ObservedPod {
    const { record, prober, room } = this.options;
    return record.observe(containers, prober, room(record));
  }

  private probe(container: RuntimeContainer): void {
    const { record, prober, runtime, reach, clock } = this.options;
    const { containers = [], initContainers = [] } = record.pod.spec ?? {};
    const wanted = [...containers, ...initContainers].find(({ name }) => name === container.name);
    if (!wanted) return;
    prober.add({
      pod: record.pod,
      container: wanted,
      id: container.id,
      reach: reach(),
      runtime,
      runningForMs: Math.max(0, clock.now() - container.startedAt),
      before: record.reportedVerdicts(container),
    });
  }
}
