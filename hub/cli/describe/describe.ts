// `kelp describe`: finds the objects, by how their names begin if there is none of that name, and describes each.

import { UserError } from '../../../shared/base/index.ts';
import { ApiError, type JsonObject } from '../../../shared/machinery/index.ts';
import { Failures } from '../failures.ts';
import { textAt } from '../json.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import {
  currentOf,
  readList,
  select,
  type Target,
  type TargetFlags,
  type Targets,
  targetsOf,
} from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import { describeAnything } from './anything.ts';
import { DescribeText } from './describe-text.ts';
import { describers } from './describers.ts';
import { describeEvents, eventsOf } from './events.ts';

export interface DescribeFlags extends AccessFlags, TargetFlags {
  chunkSize: number;
  showEvents: boolean;
}

export async function describe(
  what: readonly string[],
  flags: DescribeFlags,
  session: Session,
): Promise<void> {
  if (what.length === 0 && !flags.filename)
    throw new UserError(
      `You must specify the type of resource to describe. Use "kelp api-resources" for a complete list of supported resources.`,
    );
  const { targets, failures } = await targetsToDescribe(what, flags, session);
  let shown = 0;
  for (const target of targets) {
    try {
      const { objects, begun } = await objectsOf(target, flags, session);
      for (const object of objects) {
        const text = await textOf(object, target, flags, session);
        session.write(begun ? `${text}\n` : shown > 0 ? `\n\n${text}` : text);
        shown += 1;
      }
    } catch (error) {
      failures.push(error);
    }
  }
  if (shown === 0 && failures.length === 0)
    session.tell(
      flags.allNamespaces ? 'No resources found' : `No resources found in ${session.namespace} namespace.`,
    );
  Failures.throwIfAny(failures);
}

async function targetsToDescribe(
  what: readonly string[],
  flags: DescribeFlags,
  session: Session,
): Promise<Targets> {
  const typesOnly = !flags.filename && what.length === 1 && !what[0]?.includes('/');
  if (!typesOnly || flags.selector) return targetsOf(what, flags, session);
  const namespace = flags.allNamespaces ? undefined : session.namespace;
  const { selections } = await select(what, session.discovery, { namespace });
  const targets: Target[] = [];
  for (const { type } of selections) {
    for (const object of await readList(session, type, { ...flags, namespace })) {
      targets.push({ type, name: textAt(object, 'metadata', 'name'), namespace, object });
    }
  }
  return { targets, failures: [], listed: true };
}

interface Found {
  objects: JsonObject[];
  /** There is none of that name: their names begin with it. */
  begun: boolean;
}

async function objectsOf(target: Target, flags: DescribeFlags, session: Session): Promise<Found> {
  try {
    return { objects: [await currentOf(session, target)], begun: false };
  } catch (error) {
    if (!ApiError.is(error, 'NotFound') || flags.filename) throw error;
    const all = await readList(session, target.type, { namespace: target.namespace });
    const begun = all.filter((object) => textAt(object, 'metadata', 'name').startsWith(target.name));
    if (begun.length === 0) throw error;
    return { objects: begun, begun: true };
  }
}

async function textOf(
  object: JsonObject,
  { type }: Target,
  flags: DescribeFlags,
  session: Session,
): Promise<string> {
  const row = describers[`${type.group}/${type.kind}`];
  const text = new DescribeText();
  await (row?.describe ?? describeAnything)(text, object, session);
  if (flags.showEvents && !row?.withoutEvents) describeEvents(text, await eventsOf(object, session));
  return text.toString();
}
