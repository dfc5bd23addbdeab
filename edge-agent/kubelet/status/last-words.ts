// terminationMessagePolicy FallbackToLogsOnError: what a failed container said last stands in for its last words.

import type { Pod } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { filterLines, logLines, type RuntimeContainer } from '../../runtime/index.ts';
import type { PodPaths } from '../pod-paths.ts';

/** The kubelet's limits. */
const mostLines = 80;
const mostBytes = 2048;

export class LastWords {
  private readonly paths: PodPaths;
  private readonly known = new Map<string, string>();

  constructor(paths: PodPaths) {
    this.paths = paths;
  }

  /** The containers, those that failed silently with the end of their log as message. Reads each log once. */
  async addTo(containers: readonly RuntimeContainer[], pod: Live<Pod>): Promise<RuntimeContainer[]> {
    const present = new Set(containers.map(({ id }) => id));
    for (const id of this.known.keys()) if (!present.has(id)) this.known.delete(id);
    return Promise.all(containers.map((container) => this.complete(container, pod)));
  }

  private async complete(container: RuntimeContainer, pod: Live<Pod>): Promise<RuntimeContainer> {
    if (container.state !== 'exited' || container.exitCode === 0 || container.message) return container;
    if (policyOf(pod, container.name) !== 'FallbackToLogsOnError') return container;
    const message = this.known.get(container.id) ?? (await this.endOfLog(container, pod));
    this.known.set(container.id, message);
    return message === '' ? container : { ...container, message };
  }

  private async endOfLog({ name, attempt }: RuntimeContainer, pod: Live<Pod>): Promise<string> {
    const file = this.paths.logFile(pod, name, attempt);
    const lines = logLines(file, mostLines, undefined, new AbortController().signal);
    const chunks: Buffer[] = [];
    for await (const chunk of filterLines(lines, {})) chunks.push(chunk);
    return Buffer.concat(chunks).subarray(-mostBytes).toString();
  }
}

function policyOf({ spec }: Live<Pod>, name: string): string | undefined {
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return all.find((container) => container.name === name)?.terminationMessagePolicy;
}
