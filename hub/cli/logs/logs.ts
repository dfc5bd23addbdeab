// `kelp logs`: opens the log of each wanted container and copies it, one after the other, or all at once with -f.

import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { UserError } from '../../../shared/base/index.ts';
import { type JsonObject, parseDuration, parseTime } from '../../../shared/machinery/index.ts';
import { type Address, pathOf, withQuery } from '../discovery/index.ts';
import { listAt, textAt } from '../json.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import type { Session } from '../session.ts';
import { podsOf } from './find-pods.ts';

export interface LogsFlags extends AccessFlags {
  follow?: boolean;
  previous?: boolean;
  container: string;
  allContainers?: boolean;
  allPods?: boolean;
  prefix?: boolean;
  tail?: number;
  since: string;
  sinceTime: string;
  timestamps?: boolean;
  limitBytes: number;
  selector: string;
  ignoreErrors?: boolean;
  maxLogRequests: number;
}

interface Source {
  pod: string;
  container: string;
  path: string;
}

export async function logs(what: readonly string[], flags: LogsFlags, session: Session): Promise<void> {
  const { target, container } = argumentsOf(what, flags);
  const query = queryOf(flags);
  const pods = await podsOf(target, flags, session);
  if (pods.length === 0) session.tell(`No resources found in ${session.namespace} namespace.`);
  const podType = await session.discovery.named('pods');
  const sources = pods.flatMap((pod) =>
    containersOf(pod, container, flags, session).map((name): Source => {
      const podName = textAt(pod, 'metadata', 'name');
      const address: Address = {
        namespace: textAt(pod, 'metadata', 'namespace'),
        name: podName,
        subresource: 'log',
      };
      return {
        pod: podName,
        container: name,
        path: withQuery(pathOf(podType, address), { ...query, container: name }),
      };
    }),
  );
  const prefixed = flags.prefix || flags.allPods;
  if (flags.follow && sources.length > 1) return followAll(sources, flags, session);
  for (const source of sources) {
    const stream = await open(source, session);
    if (prefixed) await copyLines(stream, source, session);
    else await copyBytes(stream, session);
  }
}

function argumentsOf(
  what: readonly string[],
  flags: LogsFlags,
): { target: string | undefined; container: string } {
  const [target, second, ...more] = what;
  if (target === undefined && !flags.selector) throw new UserError(usage);
  if (target !== undefined && flags.selector)
    throw new UserError(
      "only a selector (-l) or a POD name is allowed\nSee 'kelp logs -h' for help and examples",
    );
  const isTyped = second !== undefined && more.length > 0;
  if (isTyped || (second !== undefined && flags.container)) throw new UserError(usage);
  if (flags.since && flags.sinceTime)
    throw new UserError('at most one of `sinceTime` or `sinceSeconds` may be specified');
  if (flags.allContainers && (second ?? flags.container))
    throw new UserError(
      `--all-containers=true should not be specified with container name ${second ?? flags.container}`,
    );
  if (flags.tail !== undefined && flags.tail < -1)
    throw new UserError('--tail must be greater than or equal to -1');
  return { target, container: second ?? flags.container };
}

const usage =
  "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kelp logs -h' for help and examples";

function queryOf(flags: LogsFlags): Record<string, string | number | boolean | undefined> {
  const tail = flags.tail ?? (flags.selector ? 10 : -1);
  if (flags.sinceTime && parseTime(flags.sinceTime) === undefined)
    throw new UserError(`--since-time ${flags.sinceTime}: must be a time such as 2024-01-31T12:00:00Z`);
  return {
    follow: flags.follow,
    previous: flags.previous,
    timestamps: flags.timestamps,
    tailLines: tail >= 0 ? tail : undefined,
    sinceSeconds: flags.since ? secondsOf(flags.since) : undefined,
    sinceTime: flags.sinceTime,
    limitBytes: flags.limitBytes > 0 ? flags.limitBytes : undefined,
  };
}

/** Rounded up, as kubectl. */
function secondsOf(duration: string): number {
  try {
    const seconds = Math.ceil(parseDuration(duration) / 1000);
    if (seconds > 0) return seconds;
  } catch {
    // The message below says what is right.
  }
  throw new UserError(`--since ${duration}: must be a duration above 0 such as 5s, 2m or 3h`);
}

/** The names; says which one was taken where nobody has chosen. */
function containersOf(pod: JsonObject, wanted: string, flags: LogsFlags, session: Session): string[] {
  const namesOf = (field: string) => listAt(pod, 'spec', field).map((container) => textAt(container, 'name'));
  const [inits, mains, ephemerals] = [
    namesOf('initContainers'),
    namesOf('containers'),
    namesOf('ephemeralContainers'),
  ];
  if (flags.allContainers) return [...inits, ...mains, ...ephemerals];
  const name = textAt(pod, 'metadata', 'name');
  const all = [...mains, ...inits, ...ephemerals];
  if (wanted) {
    if (all.includes(wanted)) return [wanted];
    throw new UserError(`container ${wanted} is not valid for pod ${name}`);
  }
  const marked = textAt(pod, 'metadata', 'annotations', 'kubectl.kubernetes.io/default-container');
  const chosen = mains.includes(marked) ? marked : (mains[0] ?? '');
  if (all.length > 1 && chosen !== marked) {
    const shown = [
      ...mains,
      ...inits.map((init) => `${init} (init)`),
      ...ephemerals.map((other) => `${other} (ephem)`),
    ];
    session.tell(`Defaulted container ${JSON.stringify(chosen)} out of: ${shown.join(', ')}`);
  }
  return [chosen];
}

function open({ path }: Source, session: Session): Promise<IncomingMessage> {
  return session.api.stream(path, { accept: '*/*', signal: session.terminal.interrupted });
}

async function copyBytes(stream: IncomingMessage, { terminal }: Session): Promise<void> {
  for await (const chunk of stream) {
    if (!terminal.out.write(chunk)) await new Promise<void>((resolve) => terminal.out.once('drain', resolve));
  }
}

async function copyLines(
  stream: IncomingMessage,
  { pod, container }: Source,
  session: Session,
): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: 0 }))
    session.write(`[pod/${pod}/${container}] ${line}\n`);
}

async function followAll(sources: readonly Source[], flags: LogsFlags, session: Session): Promise<void> {
  if (sources.length > flags.maxLogRequests)
    throw new UserError(
      `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${flags.maxLogRequests}, use --max-log-requests to increase the limit`,
    );
  const prefixed = flags.prefix || flags.allPods;
  await Promise.all(
    sources.map(async (source) => {
      try {
        const stream = await open(source, session);
        if (prefixed) return await copyLines(stream, source, session);
        // Whole lines: several containers write at once.
        for await (const line of createInterface({ input: stream, crlfDelay: 0 })) session.write(`${line}\n`);
      } catch (error) {
        if (!flags.ignoreErrors) throw error;
        session.tell(`error: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
  );
}
