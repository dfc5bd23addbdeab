// The single objects that a command works on: from names, files, or a selection of the objects of a type.

import { UserError } from '../../../shared/base/index.ts';
import { isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import type { ResourceType } from '../discovery/index.ts';
import { textAt } from '../json.ts';
import { type FileFlags, readManifests } from '../manifests/index.ts';
import type { Session } from '../session.ts';
import { readList, readObject } from './read.ts';
import { select } from './select.ts';

export interface TargetFlags extends FileFlags {
  selector?: string;
  fieldSelector?: string;
  all?: boolean;
  allNamespaces?: boolean;
}

export interface TargetsOptions {
  /** A TYPE alone means all of its objects in the namespace. */
  typeAlone?: boolean;
}

export interface Target {
  type: ResourceType;
  name: string;
  namespace: string | undefined;
  /** The manifest's path. */
  source?: string;
  /** As a list or manifest has it. */
  object?: JsonObject;
}

export interface Targets {
  targets: Target[];
  /** Of what could not be found out; the rest goes on. */
  failures: unknown[];
  /** The objects of a type were listed: there may be none. */
  listed: boolean;
}

export const noResources = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

/** Throws UserError in kubectl's words for arguments that don't go together. */
export async function targetsOf(
  args: readonly string[],
  flags: TargetFlags,
  session: Session,
  { typeAlone = false }: TargetsOptions = {},
): Promise<Targets> {
  if (flags.filename) return manifestTargets(args, flags, session);
  if (args.length === 0) throw new UserError(noResources);
  const selects = Boolean(flags.selector || flags.fieldSelector || flags.all);
  if (flags.all && flags.selector)
    throw new UserError("setting 'all' parameter but found a non empty selector. ");
  if (selects && (args.length > 1 || args[0]?.includes('/')))
    throw new UserError('name cannot be provided when a selector is specified');
  const namespace = flags.allNamespaces ? undefined : session.namespace;
  const { byName, selections } = await select(args, session.discovery, { namespace });
  if (byName) {
    const targets = selections.map(({ type, name = '' }) => ({
      type,
      name,
      namespace: scoped(type, namespace),
    }));
    return { targets, failures: [], listed: false };
  }
  if (!selects && !typeAlone) throw new UserError('resource(s) were provided, but no name was specified');
  return listed(
    selections.map(({ type }) => type),
    { ...flags, namespace },
    session,
  );
}

async function listed(
  types: readonly ResourceType[],
  options: { selector?: string; fieldSelector?: string; namespace: string | undefined },
  session: Session,
): Promise<Targets> {
  const found: Targets = { targets: [], failures: [], listed: true };
  for (const type of types) {
    try {
      const objects = await readList(session, type, options);
      found.targets.push(...objects.map((object) => targetOf(type, object)));
    } catch (error) {
      found.failures.push(error);
    }
  }
  return found;
}

function targetOf(type: ResourceType, object: JsonObject): Target {
  const name = textAt(object, 'metadata', 'name');
  return { type, name, namespace: scoped(type, textAt(object, 'metadata', 'namespace')), object };
}

function scoped(type: ResourceType, namespace: string | undefined): string | undefined {
  return type.namespaced ? namespace : undefined;
}

async function manifestTargets(
  args: readonly string[],
  flags: TargetFlags,
  session: Session,
): Promise<Targets> {
  if (args.length > 0)
    throw new UserError(
      'when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well',
    );
  const { objects, failures } = await readManifests(flags, session);
  return { targets: objects, failures, listed: false };
}

/** The target as the server has it now. */
export async function currentOf(session: Session, target: Target): Promise<JsonObject> {
  const { type, name, namespace, object, source } = target;
  if (object && source === undefined) return object;
  const found = await readObject(session, type, name, { namespace });
  return isRecord(found) ? found : {};
}

/** Runs `work` for every target in turn; answers the failures, those of finding the targets among them. */
export async function forEachTarget(
  { targets, failures }: Targets,
  work: (target: Target) => Promise<void>,
): Promise<unknown[]> {
  const all = [...failures];
  for (const target of targets) await work(target).catch((error: unknown) => all.push(error));
  return all;
}
