// Looks at what controllers and the scheduler made of the objects that stand: the same as recorded.

import type { HttpsJson, Json } from '../https-json.ts';
import { comparable, differences } from './comparable.ts';
import { withoutManagers } from './replay-defaults.ts';
import type { Paths } from './world.ts';

/** What is made takes its time: so long is waited for it, milliseconds. */
const within = 20_000;

/** `known`: the paths at which it will stay another. */
export async function replaySettled(
  api: HttpsJson,
  paths: Paths,
  recorded: Json,
  known: readonly string[] = [],
): Promise<string[]> {
  const deadline = Date.now() + within;
  for (;;) {
    const found = await differencesNow(api, paths, recorded);
    const isAsKnown = found.map(placeOf).join() === known.join();
    if (isAsKnown || Date.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const placeOf = (difference: string) => difference.replace(/: .*$/s, '');

async function differencesNow(api: HttpsJson, paths: Paths, recorded: Json): Promise<string[]> {
  const found = await counterpart(api, paths, recorded);
  if (!found) return ['missing'];
  // What an event says depends on which nodes the scheduler had heard of.
  const without = recorded.kind === 'Event' ? ['message'] : ['generateName'];
  const settled = (object: Json) => comparable(withoutManagers(object), without);
  return differences(settled(namedAs(recorded, found)), settled(recorded));
}

/** What has a name made up for it is known by its owner, or by what it is about. */
async function counterpart(api: HttpsJson, paths: Paths, recorded: Json): Promise<Json> {
  const { kind, metadata, involvedObject, reason } = recorded;
  const [owner] = metadata.ownerReferences ?? [];
  if (kind === 'Scale')
    return read(api, `/apis/apps/v1/namespaces/${metadata.namespace}/deployments/${metadata.name}/scale`);
  const collection = await paths.collection(recorded);
  if (!owner && !involvedObject) return read(api, `${collection}/${metadata.name}`);
  const { items } = await api.must('GET', collection);
  return items
    .map((item: Json) => ({ kind, apiVersion: recorded.apiVersion, ...item }))
    .find((item: Json) =>
      owner
        ? item.metadata.ownerReferences?.[0]?.name === owner.name
        : item.involvedObject.name === involvedObject.name && item.reason === reason,
    );
}

async function read(api: HttpsJson, path: string): Promise<Json> {
  const { code, body } = await api.ask('GET', path);
  return code === 200 ? body : undefined;
}

/** With the recorded one's name where both were made up from the same beginning. */
function namedAs({ metadata: { name } }: Json, found: Json): Json {
  const begin = (text: string) => text.replace(/[.-][^.-]+$/, '');
  const isMadeUp = found.metadata.name !== name && begin(found.metadata.name) === begin(name);
  if (!isMadeUp) return found;
  return { ...found, metadata: { ...found.metadata, name } };
}
