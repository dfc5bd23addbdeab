// What a topic filter reaches: matching, and which objects of the API a filter under `watch/` asks for.

import { parseTopic, watchRoot } from './topics.ts';

/** MQTT 3.1.1, section 4.7. Leading wildcards don't reach topics that begin with `$`. */
export function matches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && (filter.startsWith('+') || filter.startsWith('#'))) return false;
  const wanted = filter.split('/');
  const levels = topic.split('/');
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true;
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}

/** `*`: any. Absent namespace: every namespace, or a cluster-scoped resource. Absent name: every object. */
export interface WatchAsked {
  group: string;
  resource: string;
  namespace?: string;
  name?: string;
}

/** What a subscription asks to watch; undefined: the filter does not stand below `watch/`, or can match no object. */
export function watchedBy(filter: string): WatchAsked | undefined {
  if (!filter.startsWith(`${watchRoot}/`)) return undefined;
  const levels = filter.slice(watchRoot.length + 1).split('/');
  const open = levels.at(-1) === '#';
  if (open) levels.pop();
  if (levels.length > 4 || (!open && levels.length < 4) || levels.some((level) => !level || level === '#')) {
    return undefined;
  }
  const [group = '+', resource = '+', namespace = '+', name = '+'] = levels;
  return {
    group: group === '+' ? '*' : group === 'core' ? '' : group,
    resource: resource === '+' ? '*' : resource,
    ...(namespace !== '+' && namespace !== '_' && { namespace }),
    ...(name !== '+' && { name }),
  };
}

/** False where the topic holds a Secret and the filter does not name `core/secrets`: those are shown to nobody in passing. */
export function mayReveal(filter: string, topic: string): boolean {
  const parsed = parseTopic(topic);
  if (parsed?.kind !== 'watch' || !isSecret(parsed.address)) return true;
  const asked = watchedBy(filter);
  return asked !== undefined && isSecret(asked);
}

function isSecret({ group, resource }: { group: string; resource: string }): boolean {
  return group === '' && resource === 'secrets';
}
