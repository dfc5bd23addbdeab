// `kelp rollout undo`: gives a Deployment the pod template of an earlier revision.

import { revisionAnnotation } from '../../../shared/api/index.ts';
import { UserError } from '../../../shared/base/index.ts';
import { deepEqual, type JsonObject } from '../../../shared/machinery/index.ts';
import { pathOf, withQuery } from '../discovery/index.ts';
import { Failures } from '../failures.ts';
import { recordAt, textsAt, valueAt } from '../json.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import { forEachTarget, type Target, type TargetFlags, targetsOf } from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import { type DryRun, dryRunQuery } from '../writes/dry-run.ts';
import { reportTo } from '../writes/report.ts';
import { templateText } from './history.ts';
import { type Revision, revisionsOf } from './revisions.ts';

export interface UndoFlags extends AccessFlags, TargetFlags {
  toRevision: bigint;
  dryRun: DryRun;
}

/** What a ReplicaSet's annotations say of itself, not of the Deployment. */
const skipped = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
]);

export async function rolloutUndo(
  what: readonly string[],
  flags: UndoFlags,
  session: Session,
): Promise<void> {
  if (what.length === 0 && !flags.filename) throw new UserError('required resource not specified');
  const report = reportTo(session, { ...flags, output: '' });
  const found = await targetsOf(what, flags, session, { typeAlone: true });
  const failures = await forEachTarget(found, async (target) => {
    const { deployment, revisions } = await revisionsOf(target, session, 'no rollbacker');
    const said = await undo(
      target,
      deployment,
      chosen(revisions, flags.toRevision, target.name),
      flags,
      session,
    );
    report.done(said, target.type, deployment);
  });
  Failures.throwIfAny(failures);
}

function chosen(revisions: readonly Revision[], wanted: bigint, name: string): Revision {
  if (wanted < 0n) throw new UserError(`unable to find specified revision ${wanted} in history`);
  const found = wanted === 0n ? revisions.at(-2) : revisions.find(({ number }) => number === wanted);
  if (found) return found;
  throw new UserError(
    wanted === 0n
      ? `no rollout history found for deployment ${JSON.stringify(name)}`
      : `unable to find specified revision ${wanted} in history`,
  );
}

async function undo(
  target: Target,
  deployment: JsonObject,
  { replicaSet, number }: Revision,
  flags: UndoFlags,
  session: Session,
): Promise<string> {
  if (flags.dryRun === 'client') return templateText(recordAt(replicaSet, 'spec', 'template'));
  if (valueAt(deployment, 'spec', 'paused') === true)
    throw new UserError(
      `you cannot rollback a paused deployment; resume it first with 'kelp rollout resume deployment/${target.name}' and try again`,
    );
  const template = templateOf(replicaSet);
  if (deepEqual(template, templateOf(deployment)))
    return `skipped rollback (current template already matches revision ${number})`;
  const patch = [
    { op: 'replace', path: '/spec/template', value: template },
    { op: 'replace', path: '/metadata/annotations', value: annotationsOf(deployment, replicaSet) },
  ];
  await session.call(withQuery(pathOf(target.type, target), dryRunQuery(flags.dryRun)), {
    method: 'PATCH',
    body: patch,
    contentType: 'application/json-patch+json',
  });
  return 'rolled back';
}

/** Without the label that tells ReplicaSets apart. */
function templateOf(object: JsonObject): JsonObject {
  const template = recordAt(object, 'spec', 'template');
  const { 'pod-template-hash': _, ...labels } = textsAt(template, 'metadata', 'labels');
  return { ...template, metadata: { ...recordAt(template, 'metadata'), labels } };
}

/** The Deployment's own of what a ReplicaSet says of itself, everything else from the revision. */
function annotationsOf(deployment: JsonObject, replicaSet: JsonObject): Record<string, string> {
  const own = Object.entries(textsAt(deployment, 'metadata', 'annotations')).filter(([key]) =>
    skipped.has(key),
  );
  const old = Object.entries(textsAt(replicaSet, 'metadata', 'annotations')).filter(
    ([key]) => !skipped.has(key),
  );
  return Object.fromEntries([...own, ...old]);
}
