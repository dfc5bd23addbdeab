// `kelp rollout restart|pause|resume`: one small patch each.

import { UserError } from '../../../shared/base/index.ts';
import { formatTime, type JsonObject } from '../../../shared/machinery/index.ts';
import { pathOf, qualifiedResource, withQuery } from '../discovery/index.ts';
import { Failures } from '../failures.ts';
import { textAt, valueAt } from '../json.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import {
  currentOf,
  forEachTarget,
  type Target,
  type TargetFlags,
  targetsOf,
} from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import { reportTo } from '../writes/report.ts';

export type RolloutChange = 'restart' | 'pause' | 'resume';

const said: Readonly<Record<RolloutChange, string>> = {
  restart: 'restarted',
  pause: 'paused',
  resume: 'resumed',
};

export async function changeRollout(
  change: RolloutChange,
  what: readonly string[],
  flags: AccessFlags & TargetFlags,
  session: Session,
): Promise<void> {
  if (what.length === 0 && !flags.filename) throw new UserError('required resource not specified');
  const report = reportTo(session, { output: '', dryRun: 'none' });
  const found = await targetsOf(what, flags, session, { typeAlone: true });
  const failures = await forEachTarget(found, async (target) => {
    const current = await currentOf(session, target);
    const body = patchOf(change, target, current);
    const path = withQuery(pathOf(target.type, target), { fieldManager: 'kubectl-rollout' });
    await session.call(path, { method: 'PATCH', body, contentType: 'application/merge-patch+json' });
    report.done(said[change], target.type, current);
  });
  Failures.throwIfAny(failures);
}

function patchOf(change: RolloutChange, { type, name }: Target, current: JsonObject): JsonObject {
  const what = `${qualifiedResource(type)} ${JSON.stringify(name)}`;
  const paused = valueAt(current, 'spec', 'paused') === true;
  if (change === 'restart') {
    if (valueAt(current, 'spec', 'template') === undefined || type.kind === 'ReplicaSet')
      throw new UserError(`${what} restarting is not supported`);
    if (paused) throw new UserError(`${what} can't restart paused deployment (run rollout resume first)`);
    const annotations = { 'kubectl.kubernetes.io/restartedAt': formatTime(Date.now()) };
    const before = textAt(
      current,
      'spec',
      'template',
      'metadata',
      'annotations',
      'kubectl.kubernetes.io/restartedAt',
    );
    if (before === annotations['kubectl.kubernetes.io/restartedAt'])
      throw new UserError(
        `failed to create patch for ${name}: if restart has already been triggered within the past second, please wait before attempting to trigger another`,
      );
    return { spec: { template: { metadata: { annotations } } } };
  }
  if (type.kind !== 'Deployment' || type.group !== 'apps')
    throw new UserError(`${what} ${change === 'pause' ? 'pausing' : 'resuming'} is not supported`);
  if (change === 'pause' && paused) throw new UserError(`${what} is already paused`);
  if (change === 'resume' && !paused) throw new UserError(`${what} is not paused`);
  return { spec: { paused: change === 'pause' ? true : null } };
}
