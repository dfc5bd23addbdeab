// Serves `kubectl logs` from the log files that the runtimes write (CRI format), over all their rotations.

import { Readable } from 'node:stream';
import type { Clock } from '../../../shared/base/index.ts';
import { ApiError, parseTime } from '../../../shared/machinery/index.ts';
import type { LogRequest, LogSource } from '../../link/index.ts';
import { filterLines, logLines, type RuntimeContainer } from '../../runtime/index.ts';
import type { PodPaths } from '../pod-paths.ts';
import type { PodRecord } from '../pod-record.ts';

interface Options {
  paths: PodPaths;
  pod(uid: string): PodRecord | undefined;
  containers(): Promise<RuntimeContainer[]>;
  clock: Clock;
}

/** Bytes that wait for a slow reader. */
const bufferSize = 64 * 1024;

export class LogReader implements LogSource {
  private readonly options: Options;

  constructor(options: Options) {
    this.options = options;
  }

  async open(request: LogRequest): Promise<Readable> {
    const record = this.options.pod(request.uid);
    if (!record)
      throw new ApiError('NotFound', `pods "${request.pod}" not found`, { name: request.pod, kind: 'pods' });
    const container = await this.find(record, request);
    const path = this.options.paths.logFile(record.pod, request.container, container.attempt);
    const { options } = request;
    const stillRuns = async () => {
      const now = (await this.options.containers()).find(({ id }) => id === container.id);
      return now?.state === 'running';
    };
    const since = this.since(options);
    const end = new AbortController();
    const lines = logLines(path, options.tailLines, options.follow ? stillRuns : undefined, end.signal);
    const wanted = filterLines(lines, { ...options, ...(since !== undefined && { since }) });
    return Readable.from(endable(wanted, end), { objectMode: false, highWaterMark: bufferSize });
  }

  /** The attempt that is asked for; throws in kubelet's words when there is none. */
  private async find(record: PodRecord, { pod, container, options }: LogRequest): Promise<RuntimeContainer> {
    const { containers = [], initContainers = [], ephemeralContainers = [] } = record.pod.spec ?? {};
    if (![...containers, ...initContainers, ...ephemeralContainers].some(({ name }) => name === container)) {
      throw new ApiError('BadRequest', `container ${container} is not valid for pod ${pod}`);
    }
    const attempts = (await this.options.containers())
      .filter((one) => one.podUid === record.uid && one.name === container)
      .sort((a, b) => b.attempt - a.attempt);
    const [newest, before] = attempts;
    if (options.previous) {
      // Who waits for a restart has no running container: its last one is the previous one.
      const waits = this.waitingReason(record, container) !== undefined;
      const previous = newest?.state === 'exited' && waits ? newest : before;
      if (previous) return previous;
      throw new ApiError(
        'BadRequest',
        `previous terminated container "${container}" in pod "${pod}" not found`,
      );
    }
    if (newest) return newest;
    const reason = this.waitingReason(record, container) ?? 'ContainerCreating';
    throw new ApiError(
      'BadRequest',
      `container "${container}" in pod "${pod}" is waiting to start: ${wordsFor(reason)}`,
    );
  }

  private waitingReason(record: PodRecord, name: string): string | undefined {
    const {
      containerStatuses = [],
      initContainerStatuses = [],
      ephemeralContainerStatuses = [],
    } = record.status ?? {};
    const all = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
    const status = all.find((one) => one.name === name);
    return status?.state?.waiting?.reason;
  }

  private since({ sinceSeconds, sinceTime }: LogRequest['options']): number | undefined {
    if (sinceSeconds !== undefined) return this.options.clock.now() - sinceSeconds * 1000;
    return sinceTime === undefined ? undefined : parseTime(sinceTime);
  }
}

/** A reader that goes away is not kept waiting for a line that may never come. */
function endable(lines: AsyncGenerator<Buffer>, end: AbortController): AsyncIterable<Buffer> {
  const finish = () => {
    end.abort();
    return lines.return(undefined);
  };
  return { [Symbol.asyncIterator]: () => ({ next: () => lines.next(), return: finish }) };
}

/** The kubelet says these two in words. */
function wordsFor(reason: string): string {
  if (reason === 'ErrImagePull') return "image can't be pulled";
  return reason === 'ImagePullBackOff' ? 'trying and failing to pull image' : reason;
}
