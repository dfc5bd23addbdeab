// The revisions of a Deployment: the ReplicaSets that it owns, by their revision annotation.

import { parseRevision, revisionAnnotation } from '../../../shared/api/index.ts';
import { UserError } from '../../../shared/base/index.ts';
import { isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import { listAt, textAt } from '../json.ts';
import { readList, readObject, type Target } from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';

export interface Revision {
  number: bigint;
  /** `<none>` where nobody gave one. */
  cause: string;
  replicaSet: JsonObject;
}

export interface Revisions {
  deployment: JsonObject;
  /** The oldest first. */
  revisions: Revision[];
}

/** Throws UserError for anything but a Deployment. */
export async function revisionsOf(
  target: Target,
  session: Session,
  refusal: 'no history viewer' | 'no rollbacker',
): Promise<Revisions> {
  const { type, name, namespace } = target;
  if (type.group !== 'apps' || type.kind !== 'Deployment') {
    const kind = type.group ? `${type.kind}.${type.group}` : type.kind;
    throw new UserError(`${refusal} has been implemented for ${JSON.stringify(kind)}`);
  }
  const deployment = await readObject(session, type, name, { namespace });
  if (!isRecord(deployment)) return { deployment: {}, revisions: [] };
  const sets = await readList(session, await session.discovery.named('replicasets.apps'), { namespace });
  const uid = textAt(deployment, 'metadata', 'uid');
  const own = sets.filter((set) =>
    listAt(set, 'metadata', 'ownerReferences').some((owner) => textAt(owner, 'uid') === uid),
  );
  const revisions = own
    .map((replicaSet) => ({
      number: parseRevision(textAt(replicaSet, 'metadata', 'annotations', revisionAnnotation)),
      cause: textAt(replicaSet, 'metadata', 'annotations', 'kubernetes.io/change-cause') || '<none>',
      replicaSet,
    }))
    .filter(({ number }) => number > 0n)
    .sort((a, b) => Number(a.number - b.number));
  return { deployment, revisions };
}
