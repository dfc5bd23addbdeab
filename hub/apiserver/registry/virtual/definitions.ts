// customresourcedefinitions: a new one is answered once its resource is served, so that whoever made it finds it at once, over
// both doors and in discovery.

import { setTimeout } from 'node:timers/promises';
import {
  type CustomResourceDefinition,
  customresourcedefinitions,
  isOf,
} from '../../../../shared/api/index.ts';
import type { ResourceIndex } from '../../resource-index.ts';
import { create, type Written } from '../create.ts';
import { type Handler, writing } from '../outcome.ts';
import { patch } from '../update.ts';

/** Milliseconds: then it is answered as it is. Its names may be others', or no hub may lead just now. */
const patience = 1_000;

export const createDefinition: Handler = writing(async (parts, kind, request) =>
  servedFirst(parts.index, await create(parts, kind, request), request.query),
);

/** One that is applied for the first time is new too. */
export const patchDefinition: Handler = writing(async (parts, kind, request) =>
  servedFirst(parts.index, await patch(parts, kind, request), request.query),
);

async function servedFirst(index: ResourceIndex, written: Written, query: URLSearchParams): Promise<Written> {
  const { created, object } = written;
  if (created && !query.get('dryRun') && isOf(customresourcedefinitions, customresourcedefinitions, object))
    await served(index, object);
  return written;
}

async function served(index: ResourceIndex, { spec }: CustomResourceDefinition): Promise<void> {
  const { group, names, versions } = spec;
  const version = versions.find((each) => each.served)?.name;
  const isServed = () => version === undefined || index.find(group, version, names.plural) !== undefined;
  if (isServed()) return;
  const over = new AbortController();
  await new Promise<void>((resolve) => {
    const forget = index.onChange(() => isServed() && resolve());
    over.signal.addEventListener('abort', forget);
    setTimeout(patience, undefined, { signal: over.signal }).then(resolve, () => {});
  });
  over.abort();
}
