// `kelp delete`: deletes each object, says so, and waits until all are gone.

import { UserError } from '../../../shared/base/index.ts';
import { ApiError, parseDuration } from '../../../shared/machinery/index.ts';
import { pathOf, qualifiedKind, withQuery } from '../discovery/index.ts';
import { Failures, withSource } from '../failures.ts';
import { textAt } from '../json.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import { forEachTarget, type Target, type TargetFlags, targetsOf } from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import { type DryRun, dryRunQuery, dryRunSuffix } from '../writes/dry-run.ts';
import { type GoingObject, waitUntilGone } from './wait-until-gone.ts';

export interface DeleteFlags extends AccessFlags, TargetFlags {
  gracePeriod: number;
  now?: boolean;
  force?: boolean;
  ignoreNotFound?: boolean;
  timeout: string;
  output: string;
  wait: boolean;
  cascade: string | boolean;
  dryRun: DryRun;
}

const immediate =
  'Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.';

export async function deleteObjects(
  what: readonly string[],
  flags: DeleteFlags,
  session: Session,
): Promise<void> {
  const gracePeriod = gracePeriodOf(flags);
  const propagationPolicy = policyOf(flags.cascade);
  if (flags.output !== '' && flags.output !== 'name')
    throw new UserError(`unexpected -o output mode: ${flags.output}. We only support '-o name'`);
  if (flags.force) session.warn(immediate);
  const found = await targetsOf(what, flags, session);
  const going: GoingObject[] = [];
  const ignoresAbsent = flags.ignoreNotFound || found.listed;
  let deleted = 0;
  const failures = await forEachTarget(found, async (target) => {
    if (session.namespaceIsForced && !flags.allNamespaces && !target.type.namespaced)
      session.warn('deleting cluster-scoped resources, not scoped to the provided namespace');
    try {
      const uid =
        flags.dryRun === 'client'
          ? ''
          : await remove(target, { gracePeriod, propagationPolicy }, flags, session);
      going.push({ ...target, uid });
      deleted += 1;
      tell(target, gracePeriod === 0, flags, session);
    } catch (error) {
      if (!(ignoresAbsent && ApiError.is(error, 'NotFound'))) throw error;
    }
  });
  if (deleted === 0 && failures.length === 0 && !flags.ignoreNotFound) session.write('No resources found\n');
  if (flags.wait && flags.dryRun === 'none') await waitForAll(going, flags, session, failures);
  Failures.throwIfAny(failures);
}

/** Seconds; undefined: as the object says. Throws UserError for flags that contradict each other. */
function gracePeriodOf({ gracePeriod, now, force }: DeleteFlags): number | undefined {
  if (now && gracePeriod !== -1) throw new UserError('--now and --grace-period cannot be specified together');
  if (force && gracePeriod > 0)
    throw new UserError('--force and --grace-period greater than 0 cannot be specified together');
  if (now) return 1;
  if (force) return 0;
  // Without --force nothing is deleted before its node has said that it has ended.
  if (gracePeriod === 0) return 1;
  return gracePeriod < 0 ? undefined : gracePeriod;
}

function policyOf(cascade: string | boolean): 'Background' | 'Foreground' | 'Orphan' {
  switch (String(cascade)) {
    case 'true':
    case 'background':
      return 'Background';
    case 'foreground':
      return 'Foreground';
    case 'false':
    case 'orphan':
      return 'Orphan';
    default:
      throw new UserError(
        `invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`,
      );
  }
}

/** Answers the object's uid. */
async function remove(
  target: Target,
  { gracePeriod, propagationPolicy }: { gracePeriod: number | undefined; propagationPolicy: string },
  { dryRun }: DeleteFlags,
  session: Session,
): Promise<string> {
  const options = {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    propagationPolicy,
    ...(gracePeriod !== undefined && { gracePeriodSeconds: gracePeriod }),
    ...(dryRun === 'server' && { dryRun: ['All'] }),
  };
  const path = withQuery(pathOf(target.type, target), dryRunQuery(dryRun));
  const answer = await session
    .call(path, { method: 'DELETE', body: options })
    .catch((error: unknown) =>
      Promise.reject(target.source === undefined ? error : withSource(error, 'deleting', target.source)),
    );
  return textAt(answer, 'metadata', 'uid') || textAt(answer, 'details', 'uid');
}

function tell(
  { type, name }: Target,
  forced: boolean,
  { output, dryRun }: DeleteFlags,
  session: Session,
): void {
  const line =
    output === 'name'
      ? `${qualifiedKind(type)}/${name}`
      : `${qualifiedKind(type)} "${name}" ${forced ? 'force ' : ''}deleted${dryRunSuffix(dryRun)}`;
  session.write(`${line}\n`);
}

async function waitForAll(
  going: readonly GoingObject[],
  { timeout }: DeleteFlags,
  session: Session,
  failures: unknown[],
): Promise<void> {
  const limit = /^\d+$/.test(timeout) ? Number(timeout) * 1000 : parseDuration(timeout);
  const deadline = limit > 0 ? Date.now() + limit : undefined;
  for (const object of going) {
    const left = deadline === undefined ? undefined : Math.max(1, deadline - Date.now());
    await waitUntilGone(session, object, left).catch((error: unknown) => {
      // Who may delete need not be allowed to watch.
      if (!ApiError.is(error, 'Forbidden') && !ApiError.is(error, 'MethodNotAllowed')) failures.push(error);
    });
  }
}
