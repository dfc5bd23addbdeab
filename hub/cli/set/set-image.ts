// `kelp set image`: a strategic merge patch that names only the containers that change.

import { UserError } from '../../../shared/base/index.ts';
import { ApiError, isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import { pathOf, withQuery } from '../discovery/index.ts';
import { Failures } from '../failures.ts';
import { listAt, textAt, valueAt } from '../json.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import {
  currentOf,
  forEachTarget,
  noResources,
  type TargetFlags,
  targetsOf,
} from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import { type DryRun, dryRunQuery } from '../writes/dry-run.ts';
import { reportTo } from '../writes/report.ts';

export interface SetImageFlags extends AccessFlags, TargetFlags {
  output: string;
  dryRun: DryRun;
}

const containerFields = ['initContainers', 'containers'] as const;
/** Where pod specs are, in the order in which they are looked for. */
const specPaths = [
  ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  ['spec', 'template', 'spec'],
  ['spec'],
];

export async function setImage(
  args: readonly string[],
  flags: SetImageFlags,
  session: Session,
): Promise<void> {
  const at = args.findIndex((arg) => /^[^=]+=/.test(arg));
  const resources = at < 0 ? [...args] : args.slice(0, at);
  const images = imagesOf(at < 0 ? [] : args.slice(at));
  if (resources.length === 0 && !flags.filename) throw new UserError(noResources);
  if (images.size === 0) throw new UserError('at least one image update is required');
  const report = reportTo(session, flags);
  const found = await targetsOf(resources, flags, session);
  const failures = await forEachTarget(found, async (target) => {
    const current = await currentOf(session, target);
    const body = patchOf(`${target.type.resource}/${target.name}`, current, images);
    if (!body) return;
    const path = withQuery(pathOf(target.type, target), {
      fieldManager: 'kubectl-set',
      ...dryRunQuery(flags.dryRun),
    });
    const contentType = 'application/strategic-merge-patch+json';
    const changed =
      flags.dryRun === 'client'
        ? current
        : await session.call(path, { method: 'PATCH', body, contentType }).catch(refused);
    if (isRecord(changed)) report.done('image updated', target.type, changed);
  });
  Failures.throwIfAny(failures);
}

function refused(error: unknown): never {
  if (!(error instanceof ApiError)) throw error;
  throw new UserError(`failed to patch image update to pod template: ${error.message}`, { cause: error });
}

function imagesOf(pairs: readonly string[]): Map<string, string> {
  const images = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new UserError(`unable to parse image spec: ${pair}`);
    images.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  return images;
}

/** Undefined: all containers have these images already. Throws UserError for a container that there is not. */
function patchOf(
  what: string,
  object: JsonObject,
  images: ReadonlyMap<string, string>,
): JsonObject | undefined {
  const path = specPaths.find((candidate) => listAt(object, ...candidate, 'containers').length > 0);
  if (!path)
    throw new UserError(
      `${what} the object is not a pod or does not have a pod template: *${textAt(object, 'apiVersion').split('/').at(-1)}.${textAt(object, 'kind')}`,
    );
  const names = containerFields.flatMap((field) =>
    listAt(object, ...path, field).map((item) => textAt(item, 'name')),
  );
  const unknown = [...images.keys()].filter((name) => name !== '*' && !names.includes(name));
  if (unknown.length > 0)
    throw new UserError(
      unknown.map((name) => `unable to find container named ${JSON.stringify(name)}`).join('\n'),
    );
  const changes: JsonObject = {};
  for (const field of containerFields) {
    const changed = listAt(object, ...path, field).flatMap((container) => {
      const name = textAt(container, 'name');
      const image = images.get(name) ?? images.get('*');
      return image === undefined || image === valueAt(container, 'image') ? [] : [{ name, image }];
    });
    if (changed.length > 0) changes[field] = changed;
  }
  if (Object.keys(changes).length === 0) return undefined;
  return path.reduceRight<JsonObject>((inner, key) => ({ [key]: inner }), changes);
}
