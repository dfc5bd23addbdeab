// `kelp create TYPE NAME`: one object of what flags say.

import { UserError } from '../../../shared/base/index.ts';
import { ApiError, isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import { pathOf, type ResourceType, withQuery } from '../discovery/index.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import type { Session } from '../session.ts';
import { type DryRun, dryRunQuery } from '../writes/dry-run.ts';
import { withLastApplied } from '../writes/last-applied.ts';
import { reportTo } from '../writes/report.ts';
import { fieldValidation } from '../writes/validation.ts';

export interface CreateOneFlags extends AccessFlags {
  output: string;
  showManagedFields?: boolean;
  saveConfig?: boolean;
  fieldManager: string;
  validate: string;
  dryRun: DryRun;
}

export interface Plan {
  /** Known beforehand: a dry run needs no server. */
  type: ResourceType;
  /** The whole object, its fields in the order of its Go type. Throws UserError. */
  object(metadata: Metadata): JsonObject;
  /** Before what the server says of a failure. */
  failure?: string;
}

export interface Metadata {
  name: string;
  creationTimestamp: null;
  /** Only when the flag names it. */
  namespace?: string;
}

/** A type of which messages and paths are known without discovery. */
export function typeOf(group: string, kind: string, resource: string, namespaced = true): ResourceType {
  const singular = kind.toLowerCase();
  return {
    group,
    version: 'v1',
    kind,
    resource,
    singular,
    namespaced,
    shortNames: [],
    categories: [],
    verbs: ['create'],
  };
}

/** `words`: of the command, e.g. `secret generic`. */
export async function createOne(
  words: string,
  names: readonly string[],
  { type, object, failure }: Plan,
  flags: CreateOneFlags,
  session: Session,
): Promise<void> {
  const [name = '', ...others] = names;
  if (name === '' || others.length > 0)
    throw new UserError(
      `exactly one NAME is required, got ${names.length}\nSee 'kelp create ${words} -h' for help and examples`,
    );
  const validation = fieldValidation(flags.validate);
  const forced = type.namespaced && session.namespaceIsForced;
  const planned = object({
    name,
    ...(forced && { namespace: session.namespace }),
    creationTimestamp: null,
  });
  const body = flags.saveConfig ? withLastApplied(planned) : planned;
  const report = reportTo(session, flags);
  if (flags.dryRun === 'client') return report.done('created', type, body);
  const path = withQuery(pathOf(type, { namespace: session.namespace }), {
    fieldManager: flags.fieldManager,
    fieldValidation: validation,
    ...dryRunQuery(flags.dryRun),
  });
  const created = await session.call(path, { method: 'POST', body }).catch((error: unknown) => {
    if (failure === undefined || !(error instanceof ApiError)) throw error;
    throw new UserError(`${failure} ${error.message}`, { cause: error });
  });
  if (isRecord(created)) report.done('created', type, created);
}
