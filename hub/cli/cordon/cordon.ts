// Cordons and uncordons nodes: one merge patch of `spec.unschedulable` each.

import { UserError } from '../../../shared/base/index.ts';
import { pathOf, withQuery } from '../discovery/index.ts';
import { Failures } from '../failures.ts';
import { valueAt } from '../json.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import { currentOf, forEachTarget, targetsOf } from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import { type DryRun, dryRunQuery } from '../writes/dry-run.ts';
import { reportTo } from '../writes/report.ts';

export interface CordonFlags extends AccessFlags {
  word: 'cordon' | 'uncordon';
  selector: string;
  dryRun: DryRun;
}

export async function cordon(
  unschedulable: boolean,
  nodes: readonly string[],
  flags: CordonFlags,
  session: Session,
): Promise<void> {
  if (nodes.length === 0 && !flags.selector)
    throw new UserError(
      `USAGE: ${flags.word} NODE [flags]\nSee 'kelp ${flags.word} -h' for help and examples`,
    );
  if (nodes.length > 0 && flags.selector)
    throw new UserError('error: cannot specify both a node name and a --selector option');
  const args =
    nodes.length > 0 ? nodes.map((name) => (name.includes('/') ? name : `nodes/${name}`)) : ['nodes'];
  const report = reportTo(session, { output: '', dryRun: flags.dryRun });
  const found = await targetsOf(args, flags, session);
  const failures = await forEachTarget(found, async (target) => {
    const node = await currentOf(session, target);
    const is = valueAt(node, 'spec', 'unschedulable') === true;
    if (is === unschedulable) return report.done(`already ${flags.word}ed`, target.type, node);
    const path = withQuery(pathOf(target.type, target), dryRunQuery(flags.dryRun));
    const body = { spec: { unschedulable: unschedulable ? true : null } };
    if (flags.dryRun !== 'client')
      await session.call(path, { method: 'PATCH', body, contentType: 'application/merge-patch+json' });
    report.done(`${flags.word}ed`, target.type, node);
  });
  Failures.throwIfAny(failures);
}
