// `kelp label` and `kelp annotate`: one merge patch an object.

import { UserError } from '../../../shared/base/index.ts';
import { deepEqual, isRecord, type JsonObject, labelValue } from '../../../shared/machinery/index.ts';
import { pathOf, withQuery } from '../discovery/index.ts';
import { Failures } from '../failures.ts';
import { recordAt, textsAt } from '../json.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import { compactJson } from '../printers/go-json.ts';
import {
  currentOf,
  forEachTarget,
  type Target,
  type TargetFlags,
  targetsOf,
} from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import { type DryRun, dryRunQuery } from '../writes/dry-run.ts';
import { type Report, reportTo } from '../writes/report.ts';
import { type Change, changed, type Noun, overwriting, parseChange, splitPairs } from './plan-change.ts';

export interface LabelFlags extends AccessFlags, TargetFlags {
  overwrite?: boolean;
  list?: boolean;
  resourceVersion?: string;
  output: string;
  fieldManager: string;
  dryRun: DryRun;
}

export async function changeTexts(
  noun: Noun,
  args: readonly string[],
  flags: LabelFlags,
  session: Session,
): Promise<void> {
  const { resources, pairs } = splitPairs(args);
  if (resources.length === 0 && !flags.filename)
    throw new UserError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  const change = parseChange(pairs, noun);
  refuseValues(change, noun);
  if (pairs.length === 0 && !flags.list)
    throw new UserError(`at least one ${noun.slice(0, -1)} update is required`);
  const report = reportTo(session, flags);
  const found = await targetsOf(resources, flags, session);
  const changer = new Changer({ noun, change, flags, session, report, single: found.targets.length === 1 });
  Failures.throwIfAny(await forEachTarget(found, (target) => changer.change(target)));
}

function refuseValues({ set }: Change, noun: Noun): void {
  if (noun !== 'labels') return;
  for (const [key, value] of Object.entries(set)) {
    const faults = labelValue(value);
    if (faults.length > 0)
      throw new UserError(`invalid label value: ${JSON.stringify(`${key}=${value}`)}: ${faults.join(';')}`);
  }
}

interface ChangerOptions {
  noun: Noun;
  change: Change;
  flags: LabelFlags;
  session: Session;
  report: Report;
  /** The only object. */
  single: boolean;
}

class Changer {
  private readonly options: ChangerOptions;

  constructor(options: ChangerOptions) {
    this.options = options;
  }

  async change(target: Target): Promise<void> {
    const { noun, change, flags, session, report } = this.options;
    const current = await currentOf(session, target);
    const before = textsAt(current, 'metadata', noun);
    const clash = flags.overwrite ? undefined : overwriting(change, before, noun);
    if (clash !== undefined) throw new UserError(clash);
    if (noun === 'labels') this.tellAbsent(before);
    const after = changed(change, before);
    const next = { ...current, metadata: { ...recordAt(current, 'metadata'), [noun]: after } };
    const same =
      !flags.resourceVersion &&
      deepEqual(before, after) &&
      !(noun === 'annotations' && Object.keys(change.set).length > 0);
    const written = same || flags.dryRun === 'client' ? next : await this.patch(target);
    if (flags.list) return this.list(target, textsAt(written, 'metadata', noun));
    report.done(this.said(current, next), target.type, written);
  }

  /** kubectl calls a smaller object unlabeled. */
  private said(before: JsonObject, after: JsonObject): string {
    const { noun, flags } = this.options;
    if (noun === 'annotations') return 'annotated';
    if (deepEqual(textsAt(before, 'metadata', noun), textsAt(after, 'metadata', noun))) return 'not labeled';
    const smaller = compactJson(after).length < compactJson(before).length;
    return smaller && !flags.overwrite ? 'unlabeled' : 'labeled';
  }

  private tellAbsent(texts: Readonly<Record<string, string>>): void {
    const { change, session } = this.options;
    for (const key of change.remove)
      if (!Object.hasOwn(texts, key)) session.write(`label "${key}" not found.\n`);
  }

  private async patch(target: Target): Promise<JsonObject> {
    const { noun, change, flags, session } = this.options;
    const removals = Object.fromEntries(change.remove.map((key) => [key, null]));
    const { resourceVersion } = flags;
    const metadata = { ...(resourceVersion && { resourceVersion }), [noun]: { ...removals, ...change.set } };
    const path = withQuery(pathOf(target.type, target), {
      fieldManager: flags.fieldManager,
      ...dryRunQuery(flags.dryRun),
    });
    const body = { metadata };
    const patched = await session.call(path, {
      method: 'PATCH',
      body,
      contentType: 'application/merge-patch+json',
    });
    return isRecord(patched) ? patched : {};
  }

  private list({ type, name }: Target, texts: Readonly<Record<string, string>>): void {
    const { session, single, noun } = this.options;
    if (!single) session.write(`Listing ${noun} for ${type.kind}.${type.group}/${name}:\n`);
    const lines = Object.entries(texts).map(([key, value]) => `${single ? '' : ' '}${key}=${value}\n`);
    session.write(lines.sort().join(''));
  }
}
