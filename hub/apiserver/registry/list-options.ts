// The query of a list or a watch, checked as apimachinery's internalversion/validation does (v1.32).

import { type FieldError, FieldPath, faults, invalid } from '../../../shared/machinery/index.ts';
import { saysTrue } from '../rest-path.ts';
import { integerParameter } from './go-number.ts';

export interface ListQuery {
  /** 0: no limit. */
  limit: number;
  /** Empty: the first page. */
  continue: string;
  /** As sent; empty: the newest state. */
  resourceVersion: string;
  resourceVersionMatch: string;
  sendInitialEvents: boolean | undefined;
  allowWatchBookmarks: boolean;
  timeoutSeconds: number | undefined;
}

/** Throws BadRequest for what is no number and Invalid for what does not go together. */
export function parseListQuery(query: URLSearchParams, verb: 'list' | 'watch'): ListQuery {
  const parsed: ListQuery = {
    limit: Math.max(0, integerParameter(query, 'limit') ?? 0),
    continue: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    sendInitialEvents: query.has('sendInitialEvents') ? saysTrue(query.get('sendInitialEvents')) : undefined,
    allowWatchBookmarks: saysTrue(query.get('allowWatchBookmarks')),
    timeoutSeconds: integerParameter(query, 'timeoutSeconds'),
  };
  const found = verb === 'watch' ? watchFaults(parsed) : listFaults(parsed);
  if (found.length > 0) throw invalid('meta.k8s.io', 'ListOptions', '', found);
  return parsed;
}

const matchPath = new FieldPath('resourceVersionMatch');
const forbidden = (detail: string) => faults.forbidden(matchPath, `resourceVersionMatch ${detail}`);

function listFaults(query: ListQuery): FieldError[] {
  const { resourceVersion, resourceVersionMatch: match } = query;
  const found: FieldError[] = [];
  if (query.sendInitialEvents !== undefined) {
    found.push(
      faults.forbidden(new FieldPath('sendInitialEvents'), 'sendInitialEvents is forbidden for list'),
    );
  }
  if (!match) return found;
  if (!resourceVersion) found.push(forbidden('is forbidden unless resourceVersion is provided'));
  if (query.continue) found.push(forbidden('is forbidden when continue is provided'));
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    const text = `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`;
    found.push({ field: matchPath.toString(), reason: 'FieldValueNotSupported', text });
  }
  if (match === 'Exact' && resourceVersion === '0') {
    found.push(forbidden('"exact" is forbidden for resourceVersion "0"'));
  }
  return found;
}

function watchFaults(query: ListQuery): FieldError[] {
  const { resourceVersionMatch: match, sendInitialEvents } = query;
  const found: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    const detail = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    found.push(faults.forbidden(matchPath, detail));
  }
  if (!match) return found;
  if (sendInitialEvents === undefined) {
    found.push(forbidden('is forbidden for watch unless sendInitialEvents is provided'));
  }
  if (match !== 'NotOlderThan') found.push(faults.notSupported(matchPath, match, ['NotOlderThan']));
  if (query.continue) found.push(forbidden('is forbidden when continue is provided'));
  return found;
}
