// `kelp scale`: through the scale subresource, whatever the Kind.

import { UserError } from '../../../shared/base/index.ts';
import { isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import { pathOf, withQuery } from '../discovery/index.ts';
import { Failures } from '../failures.ts';
import { recordAt, textAt, valueAt } from '../json.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import {
  currentOf,
  forEachTarget,
  type Target,
  type TargetFlags,
  targetsOf,
} from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import { type DryRun, dryRunQuery } from '../writes/dry-run.ts';
import { reportTo } from '../writes/report.ts';

export interface ScaleFlags extends AccessFlags, TargetFlags {
  replicas: number;
  /** -1: whatever they are. */
  currentReplicas: number;
  resourceVersion: string;
  output: string;
  dryRun: DryRun;
}

export async function scale(what: readonly string[], flags: ScaleFlags, session: Session): Promise<void> {
  if (flags.replicas < 0)
    throw new UserError(
      'The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0',
    );
  const report = reportTo(session, flags);
  const found = await targetsOf(what, flags, session);
  const objects: { target: Target; object: JsonObject }[] = [];
  const failures = await forEachTarget(found, async (target) => {
    objects.push({ target, object: await currentOf(session, target) });
  });
  if (objects.length === 0) {
    const why = failures.map((error) => (error instanceof Error ? error.message : String(error))).join(', ');
    throw new UserError(`no objects passed to scale${why ? ` ${why}` : ''}`);
  }
  for (const { target, object } of objects) {
    try {
      if (flags.dryRun !== 'client') await setReplicas(target, flags, session);
      report.done('scaled', target.type, object);
    } catch (error) {
      failures.push(error);
    }
  }
  Failures.throwIfAny(failures);
}

async function setReplicas(target: Target, flags: ScaleFlags, session: Session): Promise<void> {
  const path = pathOf(target.type, { ...target, subresource: 'scale' });
  const query = withQuery(path, { fieldManager: 'kubectl-scale', ...dryRunQuery(flags.dryRun) });
  if (flags.currentReplicas < 0 && !flags.resourceVersion) {
    const body = { spec: { replicas: flags.replicas } };
    await session.call(query, { method: 'PATCH', body, contentType: 'application/merge-patch+json' });
    return;
  }
  const current = await session.call(path);
  const replicas = Number(valueAt(current, 'spec', 'replicas') ?? 0);
  if (flags.currentReplicas >= 0 && replicas !== flags.currentReplicas)
    throw new UserError(`Expected replicas to be ${flags.currentReplicas}, was ${replicas}`);
  const version = textAt(current, 'metadata', 'resourceVersion');
  if (flags.resourceVersion && version !== flags.resourceVersion)
    throw new UserError(`Expected resource version to be ${flags.resourceVersion}, was ${version}`);
  if (!isRecord(current)) return;
  const body = { ...current, spec: { ...recordAt(current, 'spec'), replicas: flags.replicas } };
  await session.call(query, { method: 'PUT', body });
}
