// `kelp rollout history`: the revisions there are, or one of them in full.

import { UserError } from '../../../shared/base/index.ts';
import type { JsonObject } from '../../../shared/machinery/index.ts';
import { DescribeText } from '../describe/describe-text.ts';
import { describePodTemplate } from '../describe/pod-template.ts';
import { qualifiedKind } from '../discovery/index.ts';
import { Failures } from '../failures.ts';
import { recordAt, textAt } from '../json.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import { describeLayout, TabWriter } from '../printers/tab-writer.ts';
import { forEachTarget, type TargetFlags, targetsOf } from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import { type Revision, revisionsOf } from './revisions.ts';

export interface HistoryFlags extends AccessFlags, TargetFlags {
  revision: bigint;
}

export async function rolloutHistory(
  what: readonly string[],
  flags: HistoryFlags,
  session: Session,
): Promise<void> {
  if (what.length === 0 && !flags.filename) throw new UserError('required resource not specified');
  if (flags.revision < 0n) throw new UserError(`revision must be a positive integer: ${flags.revision}`);
  const found = await targetsOf(what, flags, session, { typeAlone: true });
  const failures = await forEachTarget(found, async (target) => {
    const { revisions } = await revisionsOf(target, session, 'no history viewer');
    const text = flags.revision > 0n ? oneRevision(revisions, flags.revision) : tableOf(revisions);
    const shown = flags.revision > 0n ? ` with revision #${flags.revision}` : ' ';
    session.write(`${qualifiedKind(target.type)}/${target.name}${shown}\n${text}\n`);
  });
  Failures.throwIfAny(failures);
}

function tableOf(revisions: readonly Revision[]): string {
  if (revisions.length === 0) return 'No rollout history found.';
  const writer = new TabWriter(describeLayout);
  writer.line(['REVISION', 'CHANGE-CAUSE']);
  for (const { number, cause } of revisions) writer.line([String(number), cause]);
  return writer.flush();
}

function oneRevision(revisions: readonly Revision[], wanted: bigint): string {
  const found = revisions.find(({ number }) => number === wanted);
  if (!found) throw new UserError(`unable to find the specified revision`);
  const template = recordAt(found.replicaSet, 'spec', 'template');
  const cause = textAt(found.replicaSet, 'metadata', 'annotations', 'kubernetes.io/change-cause');
  const annotations = {
    ...recordAt(template, 'metadata', 'annotations'),
    ...(cause && { 'kubernetes.io/change-cause': cause }),
  };
  return templateText({ ...template, metadata: { ...recordAt(template, 'metadata'), annotations } });
}

/** A pod template in full, under its heading. */
export function templateText(template: JsonObject): string {
  const text = new DescribeText();
  text.line(0, 'Pod Template:');
  describePodTemplate(text, template);
  return text.withTabs();
}
