// Whose logs: a pod, one of the pods that something selects, or all that a selector matches.

import { UserError } from '../../../shared/base/index.ts';
import {
  ApiError,
  isRecord,
  type JsonObject,
  selectorFrom,
  selectorFromLabels,
} from '../../../shared/machinery/index.ts';
import { listAt, recordAt, textAt, textsAt, valueAt } from '../json.ts';
import { readList, readObject, select } from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';

export interface PodChoice {
  selector: string;
  allPods?: boolean;
}

/** `what` is the argument before a container's name; undefined with a selector. */
export async function podsOf(
  what: string | undefined,
  choice: PodChoice,
  session: Session,
): Promise<JsonObject[]> {
  const { namespace } = session;
  const podType = await session.discovery.named('pods');
  if (choice.selector) return readList(session, podType, { namespace, selector: choice.selector });
  const argument = what?.includes('/') ? [what] : ['pods', what ?? ''];
  const [selection] = (await select(argument, session.discovery, { namespace })).selections;
  if (!selection) return [];
  const object = await readObject(session, selection.type, selection.name ?? '', { namespace }).catch(
    (error: unknown) => {
      if (!ApiError.is(error, 'NotFound')) throw error;
      throw new UserError(
        `error from server (NotFound): ${error.message} in namespace ${JSON.stringify(namespace)}`,
      );
    },
  );
  if (!isRecord(object)) return [];
  if (selection.type.kind === 'Pod' && selection.type.group === '') return [object];
  const selector = selectorOf(object);
  if (selector === undefined) {
    const kind = `*${textAt(object, 'apiVersion').split('/').at(-1)}.${textAt(object, 'kind')}`;
    throw new UserError(`cannot get the logs from ${kind}: selector for ${kind} not implemented`);
  }
  const pods = await readList(session, podType, { namespace, selector });
  if (pods.length === 0) throw new UserError(`timed out waiting for the condition`);
  if (choice.allPods) return pods;
  return [firstPod(pods, session)];
}

function firstPod(pods: readonly JsonObject[], session: Session): JsonObject {
  const sorted = [...pods].sort(compareByLogging);
  const [first = {}] = sorted;
  if (pods.length > 1)
    session.tell(`Found ${pods.length} pods, using pod/${textAt(first, 'metadata', 'name')}`);
  return first;
}

/** A LabelSelector of a workload, or the plain labels of a Service's. */
function selectorOf(object: JsonObject): string | undefined {
  const selector = valueAt(object, 'spec', 'selector');
  if (!isRecord(selector)) return undefined;
  const labels = 'matchLabels' in selector || 'matchExpressions' in selector;
  if (!labels) return selectorFromLabels(textsAt(object, 'spec', 'selector')).toString();
  return selectorFrom({
    matchLabels: textsAt(selector, 'matchLabels'),
    matchExpressions: listAt(selector, 'matchExpressions').map((entry) => ({
      key: textAt(entry, 'key'),
      operator: textAt(entry, 'operator'),
      values: listAt(entry, 'values').map(String),
    })),
  }).toString();
}

/** As kubectl's ByLogging: assigned, running and ready pods first, of these the youngest in readiness, then few restarts. */
function compareByLogging(left: JsonObject, right: JsonObject): number {
  const ranks = [left, right].map((pod) => [
    textAt(pod, 'spec', 'nodeName') ? 0 : 1,
    phaseRank(textAt(pod, 'status', 'phase')),
    readySince(pod) === undefined ? 1 : 0,
    -(readySince(pod) ?? 0),
    -restarts(pod),
    Date.parse(textAt(pod, 'metadata', 'creationTimestamp')),
  ]);
  const [a = [], b = []] = ranks;
  for (const [index, rank] of a.entries()) {
    const difference = rank - (b[index] ?? 0);
    if (difference !== 0 && !Number.isNaN(difference)) return difference;
  }
  return 0;
}

function phaseRank(phase: string): number {
  return { Running: 0, Unknown: 1, Pending: 2 }[phase] ?? 0;
}

function readySince(pod: JsonObject): number | undefined {
  const ready = listAt(pod, 'status', 'conditions').find(
    (condition) => textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
  );
  return ready === undefined ? undefined : Date.parse(textAt(ready, 'lastTransitionTime'));
}

function restarts(pod: JsonObject): number {
  const counts = listAt(recordAt(pod, 'status'), 'containerStatuses').map((status) =>
    Number(textAt(status, 'restartCount')),
  );
  return Math.max(0, ...counts);
}
