// pods/log: which container of which node is meant, then a stream from the agent there.

import { Readable } from 'node:stream';
import { canonicalTime, type Pod, pods } from '../../../../shared/api/index.ts';
import {
  ApiError,
  type FieldError,
  FieldPath,
  faults,
  invalid,
  type Live,
} from '../../../../shared/machinery/index.ts';
import { isLiveOf } from '../../kind.ts';
import type { LogOptions } from '../../node-streams.ts';
import { saysTrue } from '../../rest-path.ts';
import { integerParameter } from '../go-number.ts';
import type { Handler } from '../outcome.ts';
import { get } from '../read.ts';
import { chooseContainer, containerStatusOf } from './choose-container.ts';

const contentType = 'text/plain';

/** Throws NotFound, Invalid for bad options, BadRequest for a container that is not there or has not started. */
export const openLog: Handler = async (parts, kind, request) => {
  const options = parseLogOptions(request.query, request.name ?? '');
  const pod = await get(parts, kind, request);
  if (!isLiveOf(pods, pod)) throw new TypeError('only pods have logs');
  const { name, namespace = '', uid } = pod.metadata;
  const container = chooseContainer(pod, request.query.get('container') ?? '');
  const node = pod.spec?.nodeName;
  if (!node) return { type: 'stream', code: 204, stream: Readable.from([]), contentType };
  checkStarted(pod, container, options.previous === true);
  const asked = { kind: 'log' as const, namespace, pod: name, uid, container, options };
  const stream = await parts.nodeStreams.open(node, asked, request.signal);
  return { type: 'stream', code: 200, stream, contentType };
};

function parseLogOptions(query: URLSearchParams, pod: string): LogOptions {
  const numbers = {
    tailLines: integerParameter(query, 'tailLines'),
    limitBytes: integerParameter(query, 'limitBytes'),
    sinceSeconds: integerParameter(query, 'sinceSeconds'),
  };
  const sinceTime = timeParameter(query, 'sinceTime');
  const found = logFaults(numbers, sinceTime);
  if (found.length > 0) throw invalid('', 'PodLogOptions', pod, found);
  const flag = (name: 'follow' | 'previous' | 'timestamps') => saysTrue(query.get(name)) && { [name]: true };
  const given = Object.entries({ ...numbers, sinceTime }).filter(([, value]) => value !== undefined);
  return { ...flag('follow'), ...flag('previous'), ...flag('timestamps'), ...Object.fromEntries(given) };
}

/** Throws BadRequest in the words of Go's time.Parse. */
function timeParameter(query: URLSearchParams, name: string): string | undefined {
  const text = query.get(name);
  if (!text || text === 'null') return undefined;
  const fault = canonicalTime(text, 'seconds');
  if (fault instanceof Error) throw new ApiError('BadRequest', fault.message);
  return text;
}

type Numbers = Record<'tailLines' | 'limitBytes' | 'sinceSeconds', number | undefined>;

function logFaults(
  { tailLines, limitBytes, sinceSeconds }: Numbers,
  sinceTime: string | undefined,
): FieldError[] {
  const found: FieldError[] = [];
  const path = (name: string) => new FieldPath(name);
  if (tailLines !== undefined && tailLines < 0) {
    found.push(faults.invalid(path('tailLines'), tailLines, 'must be greater than or equal to 0'));
  }
  if (limitBytes !== undefined && limitBytes < 1) {
    found.push(faults.invalid(path('limitBytes'), limitBytes, 'must be greater than 0'));
  }
  if (sinceSeconds !== undefined && sinceTime !== undefined) {
    found.push(faults.forbidden(path(''), 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  } else if (sinceSeconds !== undefined && sinceSeconds < 1) {
    found.push(faults.invalid(path('sinceSeconds'), sinceSeconds, 'must be greater than 0'));
  }
  return found;
}

const waitingWords: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: 'trying and failing to pull image',
};

/** As kubelet's validateContainerLogStatus, as far as the reported status goes; the agent knows the rest. */
function checkStarted(pod: Live<Pod>, container: string, previous: boolean): void {
  const status = containerStatusOf(pod, container);
  if (!status) return;
  const where = `container ${JSON.stringify(container)} in pod ${JSON.stringify(pod.metadata.name)}`;
  const { waiting } = status.state ?? {};
  if (previous) {
    if (status.lastState?.terminated) return;
    throw new ApiError('BadRequest', `previous terminated ${where} not found`);
  }
  if (!waiting || status.lastState?.terminated) return;
  const reason = waiting.reason ?? '';
  throw new ApiError('BadRequest', `${where} is waiting to start: ${waitingWords[reason] ?? reason}`);
}
