// /debug/api_priority_and_fairness/dump_…: priority levels, queues and requests as they are now, for people
// (k8s.io/apiserver/pkg/util/flowcontrol/apf_controller_debug.go).

import type { Clock } from '../../../shared/base/index.ts';
import { formatMicroTime } from '../../../shared/machinery/index.ts';
import type { NonResourceHandler } from '../non-resource.ts';
import { text } from '../plain-text.ts';
import type { FlowControl } from './flow-control.ts';
import type { Turn } from './turn.ts';

type Levels = FlowControl['levels'];
type Cell = string | number | boolean;
type Row = readonly Cell[];

export interface DumpOptions {
  levels: Levels;
  clock: Clock;
}

const prefix = '/debug/api_priority_and_fairness';

export function flowDumps(options: DumpOptions): NonResourceHandler {
  const dumps: Record<string, (query: URLSearchParams) => Row[]> = {
    dump_priority_levels: () => dumpLevels(options),
    dump_queues: () => dumpQueues(options),
    dump_requests: (query) => dumpRequests(options, Boolean(query.get('includeRequestDetails'))),
  };
  return {
    prefix,
    // As upstream they are not listed.
    paths: [],
    async handle({ verb, path, query }) {
      const dump = verb === 'get' ? dumps[path.slice(prefix.length + 1)] : undefined;
      return dump && text(200, aligned(dump(query)));
    },
  };
}

const levelHeaders = [
  ...['PriorityLevelName', 'ActiveQueues', 'IsIdle', 'IsQuiescing', 'WaitingRequests', 'ExecutingRequests'],
  ...['DispatchedRequests', 'RejectedRequests', 'TimedoutRequests', 'CancelledRequests'],
];

function dumpLevels({ levels }: DumpOptions): Row[] {
  const rows = sorted(levels).map(({ name, queues, isIdle, quiescing, waiting, executing, totals }) => [
    name,
    queues.filter((queue) => queue.waiting.size > 0).length,
    ...[isIdle, quiescing, waiting, executing.size],
    ...[totals.dispatched, totals.refused, totals.timedOut, totals.cancelled],
  ]);
  return [levelHeaders, ...rows];
}

const queueHeaders = [
  ...['PriorityLevelName', 'Index', 'PendingRequests', 'ExecutingRequests', 'SeatsInUse', 'NextDispatchR'],
  ...['InitialSeatsSum', 'MaxSeatsSum', 'TotalWorkSum'],
];

function dumpQueues({ levels }: DumpOptions): Row[] {
  const rows = sorted(levels).flatMap(({ name, queues }) =>
    queues.map(({ waiting: { size }, executing, due }, index) => [
      ...[name, index, size, executing, executing, seatSeconds(due)],
      ...[size, size, seatSeconds(size * 3)],
    ]),
  );
  return [queueHeaders, ...rows];
}

const requestHeaders = [
  ...['PriorityLevelName', 'FlowSchemaName', 'QueueIndex', 'RequestIndexInQueue', 'FlowDistingsher'],
  ...['ArriveTime', 'InitialSeats', 'FinalSeats', 'AdditionalLatency', 'StartTime'],
];
const detailHeaders = [
  ...['UserName', 'Verb', 'APIPath', 'Namespace', 'Name', 'APIVersion', 'Resource', 'SubResource'],
];

/** Those that wait, by their queues, and those at work. */
function dumpRequests({ levels, clock }: DumpOptions, detailed: boolean): Row[] {
  const rows = sorted(levels).flatMap(({ queues, executing }) => [
    ...[...executing].map((turn) => rowOf(turn, turn.queue ? queues.indexOf(turn.queue) : -1, -1)),
    ...queues.flatMap(({ waiting }, index) => [...waiting].map((turn, at) => rowOf(turn, index, at))),
  ]);
  return [[...requestHeaders, ...(detailed ? detailHeaders : [])], ...rows];

  function rowOf(turn: Turn, queue: number, at: number): Row {
    const { flow, distinguisher, arrivedAt, startedAt } = turn;
    return [
      ...[flow.level.name, flow.schema, queue, at, distinguisher, timeOf(arrivedAt)],
      ...[1, 0, '0s', startedAt > 0 ? timeOf(startedAt) : '0001-01-01T00:00:00Z'],
      ...(detailed ? detailsOf(turn) : []),
    ];
  }

  function timeOf(monotonic: number): string {
    return formatMicroTime(clock.now() - (clock.monotonic() - monotonic));
  }
}

function detailsOf({ user, path }: Turn): Row {
  if (path.type === 'other') return [user.name, path.verb, path.path, '', '', '', '', ''];
  const { verb, group, version, resource, subresource = '', namespace = '', name = '' } = path;
  const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
  const parts = [...(namespace ? ['namespaces', namespace] : []), resource, name, subresource];
  const shown = [root, ...parts.filter(Boolean)].join('/');
  return [
    user.name,
    verb,
    shown,
    namespace,
    name,
    group ? `${group}/${version}` : version,
    resource,
    subresource,
  ];
}

function sorted(levels: Levels) {
  return [...levels.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `due` is in milliseconds of a seat. */
function seatSeconds(due: number): string {
  return `${(due / 1000).toFixed(8)}ss`;
}

/** Each cell but the last has a comma, and is as wide as its column, at least eight. */
function aligned(rows: readonly Row[]): string {
  const cells = rows.map((row) => row.map((cell, at) => (at < row.length - 1 ? `${cell},` : `${cell}`)));
  const widths =
    cells[0]?.map((_, at) => Math.max(8, ...cells.map((row) => (row[at]?.length ?? 0) + 1))) ?? [];
  const lines = cells.map((row) =>
    row.map((cell, at) => (at < row.length - 1 ? cell.padEnd(widths[at] ?? 0) : cell)).join(''),
  );
  return `${lines.join('\n')}\n`;
}
