// `kelp create -f`: one POST an object; goes on after one that fails.

import { UserError } from '../../../shared/base/index.ts';
import { isRecord } from '../../../shared/machinery/index.ts';
import { pathOf, withQuery } from '../discovery/index.ts';
import { Failures, withSource } from '../failures.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import { type FileFlags, readManifests } from '../manifests/index.ts';
import type { Session } from '../session.ts';
import { type DryRun, dryRunQuery } from '../writes/dry-run.ts';
import { withLastApplied } from '../writes/last-applied.ts';
import { reportTo } from '../writes/report.ts';
import { fieldValidation } from '../writes/validation.ts';

export interface CreateFlags extends AccessFlags, FileFlags {
  output: string;
  saveConfig?: boolean;
  fieldManager: string;
  validate: string;
  dryRun: DryRun;
}

export async function create(flags: CreateFlags, session: Session): Promise<void> {
  if (!flags.filename) throw new UserError('must specify one of -f and -k');
  const validation = fieldValidation(flags.validate);
  const report = reportTo(session, flags);
  const { objects, failures } = await readManifests(flags, session, { validates: validation !== 'Ignore' });
  if (objects.length === 0 && failures.length === 0) throw new UserError('no objects passed to create');
  const query = {
    fieldManager: flags.fieldManager,
    fieldValidation: validation,
    ...dryRunQuery(flags.dryRun),
  };
  for (const { type, namespace, source, object } of objects) {
    const body = flags.saveConfig ? withLastApplied(object) : object;
    try {
      const path = withQuery(pathOf(type, { namespace }), query);
      const created = flags.dryRun === 'client' ? body : await session.call(path, { method: 'POST', body });
      if (isRecord(created)) report.done('created', type, created);
    } catch (error) {
      failures.push(withSource(error, 'creating', source));
    }
  }
  Failures.throwIfAny(failures);
}
