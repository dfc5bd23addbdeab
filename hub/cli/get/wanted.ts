// What the arguments and files of `kelp get` ask for: a list of reads.

import { UserError } from '../../../shared/base/index.ts';
import type { ResourceType } from '../discovery/index.ts';
import { ExitCode, Failures } from '../failures.ts';
import { readManifests } from '../manifests/index.ts';
import { select } from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import type { GetFlags } from './get-flags.ts';

/** One request: an object by its name, or a list. */
export interface Wanted {
  type: ResourceType;
  name?: string;
  /** Absent: all namespaces. */
  namespace: string | undefined;
}

export interface WantedAll {
  reads: Wanted[];
  /** One object was named: it is shown by itself, not as a list of one. */
  single: boolean;
}

/** Throws UserError in kubectl's words. */
export async function wantedOf(
  what: readonly string[],
  flags: GetFlags,
  session: Session,
): Promise<WantedAll> {
  if (flags.filename) return fromFiles(what, flags, session);
  if (what.length === 0) return tellUsage(session);
  const namespace = flags.allNamespaces ? undefined : session.namespace;
  const selects = flags.selector !== '' || flags.fieldSelector !== '';
  if (selects && (what.length > 1 || what[0]?.includes('/')))
    throw new UserError('name cannot be provided when a selector is specified');
  const { selections, byName } = await select(what, session.discovery, { namespace });
  const reads = selections.map((selection) => ({ ...selection, namespace }));
  return { reads, single: byName && reads.length === 1 };
}

async function fromFiles(what: readonly string[], flags: GetFlags, session: Session): Promise<WantedAll> {
  if (what.length > 0 || flags.selector)
    throw new UserError(
      'when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well',
    );
  const { objects, failures } = await readManifests(flags, session);
  Failures.throwIfAny(failures);
  const reads = objects.map(({ type, name, namespace }) => ({ type, name, namespace }));
  return { reads, single: reads.length === 1 };
}

function tellUsage(session: Session): never {
  session.tell(
    `You must specify the type of resource to get. Use "kelp api-resources" for a complete list of supported resources.\n
error: Required resource not specified.
See 'kelp get -h' for help and examples`,
  );
  throw new ExitCode(1);
}
