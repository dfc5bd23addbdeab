// Opens the recorded watches, plays the recorded scenario, and tells where a stream runs otherwise.

import type { HttpsJson, Json } from '../https-json.ts';
import { comparable, differences } from './comparable.ts';

const path = '/api/v1/namespaces/w/configmaps';
const merge = 'application/merge-patch+json';

export interface RecordedWatch {
  watch: string;
  query: string;
  accept: string | null;
  code: number;
  events: Json[];
}

/** Line by line: the scenario, then each watch with its events. */
export function watchesOf(lines: readonly Json[]): RecordedWatch[] {
  const watches: RecordedWatch[] = [];
  for (const line of lines.slice(1)) {
    if (line.watch) watches.push({ ...line, events: [] });
    else watches.at(-1)?.events.push(line);
  }
  return watches;
}

/** What differs, watch by watch. */
export async function replayWatches(api: HttpsJson, watches: readonly RecordedWatch[]): Promise<string[][]> {
  await api.must('POST', path, { body: configMap('old', { app: 'x' }, '0') });
  const { metadata } = await api.must('GET', path);
  const streams = watches.map(({ query, accept }) =>
    api.ask('GET', `${path}?${settled(query, metadata.resourceVersion)}`, { ...(accept && { accept }) }),
  );
  await api.must('GET', path); // asked after the watches: they are open when it is answered
  await playScenario(api);
  const answers = await Promise.all(streams);
  return watches.map((recorded, at) => {
    const { code = 0, body } = answers[at] ?? {};
    return differences(
      { code, events: eventsOf(body).map(shown) },
      { code: recorded.code, events: recorded.events.filter(isNoBookmark).map(shown) },
    );
  });
}

function settled(query: string, resourceVersion: string): string {
  return query.replace('RV+0', resourceVersion).replace(/timeoutSeconds=\d+/, 'timeoutSeconds=2');
}

function eventsOf(body: Json): Json[] {
  if (typeof body !== 'string') return [body];
  const lines = body.split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line)).filter(isNoBookmark);
}

/** When bookmarks come is nobody's promise. */
function isNoBookmark({ type }: Json): boolean {
  return type !== 'BOOKMARK';
}

function shown(event: Json): Json {
  const shown = comparable(event, ['managedFields', 'columnDefinitions', 'kubernetes.io/description']);
  const text = JSON.stringify(shown)
    .replace(/"ca\.crt":"[^"]*"/, '"ca.crt":"PEM"')
    .replace(/"\d+s"\]/g, '"AGE"]')
    .replaceAll('"annotations":{},', '');
  return JSON.parse(text);
}

async function playScenario(api: HttpsJson): Promise<void> {
  const patch = (body: object) => api.must('PATCH', `${path}/a`, { body, contentType: merge });
  await api.must('POST', path, { body: configMap('a', { app: 'x' }, '1') });
  await patch({ data: { v: '2' } });
  await patch({ data: { v: '2' } });
  await patch({ metadata: { labels: { app: 'y' } } });
  await patch({ data: { v: '3' } });
  await patch({ metadata: { labels: { app: 'x' } } });
  await api.must('POST', path, { body: configMap('b', { app: 'y' }, '1') });
  await api.must('DELETE', `${path}/b`);
  await patch({ metadata: { finalizers: ['example.com/hold'] } });
  await api.must('DELETE', `${path}/a`);
  await patch({ metadata: { finalizers: null } });
}

function configMap(name: string, labels: object, v: string): object {
  return { metadata: { name, labels }, data: { v } };
}
