import { expect } from 'chai';
import {
  type ApiServerFixture,
  configMap,
  startApiServer,
  take,
  type WatchedEvent,
} from '../../support/apiserver.ts';
import { readJsonLines } from '../../support/fixture.ts';

const inW = '/api/v1/namespaces/w/configmaps';
const merge = 'application/merge-patch+json';

interface Recorded {
  watch: string;
  query: string;
  accept: string | null;
  events: WatchedEvent[];
}

/** The file: a scenario, then per watch a header and its events. */
function recordedWatches(): Recorded[] {
  const watches: Recorded[] = [];
  for (const line of readJsonLines('apiserver/watch.jsonl').slice(1)) {
    if ('watch' in line) watches.push({ ...line, events: [] });
    else watches.at(-1)?.events.push(line);
  }
  return watches;
}

/** What was done to the namespace while the watches were recorded. */
async function playScenario({ must }: ApiServerFixture): Promise<void> {
  const patch = (body: object) => must('PATCH', `${inW}/a`, { contentType: merge, body });
  await must('POST', inW, { body: configMap('a', { data: { v: '1' }, metadata: labelled('a', 'x') }, 'w') });
  await patch({ data: { v: '2' } });
  await patch({ data: { v: '2' } });
  await patch({ metadata: { labels: { app: 'y' } } });
  await patch({ data: { v: '3' } });
  await patch({ metadata: { labels: { app: 'x' } } });
  await must('POST', inW, { body: configMap('b', { data: { v: '1' }, metadata: labelled('b', 'y') }, 'w') });
  await must('DELETE', `${inW}/b`);
  await patch({ metadata: { finalizers: ['example.com/hold'] } });
  await must('DELETE', `${inW}/a`);
  await patch({ metadata: { finalizers: null } });
}

const labelled = (name: string, app: string) => ({ name, namespace: 'w', labels: { app } });

/** Without what differs from run to run; revisions counted from the first list. */
function comparable(event: WatchedEvent, first: number): unknown {
  const text = JSON.stringify(event, (key, value) => {
    if (key === 'uid') return 'UID';
    if (key === 'managedFields') return undefined; // the recording leaves them out
    if (key === 'creationTimestamp' || key === 'deletionTimestamp')
      return value === null ? undefined : 'TIME';
    if (key === 'resourceVersion' && /^\d+$/.test(value)) return `RV+${Number(value) - first}`;
    if (key === 'columnDefinitions' && Array.isArray(value)) return value.map(({ name }) => name);
    if (key === 'cells') return value.slice(0, 2);
    return value;
  });
  return JSON.parse(text);
}

describe('a watch', () => {
  let server: ApiServerFixture;
  beforeEach(async () => {
    server = await startApiServer();
  });
  afterEach(() => server.stop());

  async function all(path: string, count: number): Promise<WatchedEvent[]> {
    return take(await server.watch(path), count);
  }

  for (const { watch, query, accept, events } of recordedWatches()) {
    it(`tells what Kubernetes tells: ${watch}`, async () => {
      await server.must('POST', inW, {
        body: configMap('old', { data: { v: '0' }, metadata: labelled('old', 'x') }, 'w'),
      });
      const first = Number((await server.must('GET', inW)).metadata.resourceVersion);
      const asked = { ...(accept && { accept }) };
      const told = await server.watch(`${inW}?${query.replace('RV+0', String(first))}`, asked);
      await playScenario(server);
      // Another object of the recording (made by a controller) is left out; bookmarks come with time.
      const wanted = events.filter(
        ({ type, object }) => type !== 'BOOKMARK' && object.metadata?.name !== 'kube-root-ca.crt',
      );
      const found = (await take(told, wanted.length)).map((event) => comparable(event, first));
      expect(found).to.deep.equal(wanted.map((event) => comparable(event, 0)));
      await told.return?.();
    });
  }

  it('from an expired revision is one ERROR event that says so', async () => {
    await server.stop();
    server = await startApiServer({ historyLimit: 5 });
    for (let index = 0; index < 20; index += 1) {
      await server.must('POST', inW, { body: configMap(`c${index}`, {}, 'w') });
    }
    const [event] = await all(`${inW}?watch=1&resourceVersion=2`, 1);
    expect(event?.type).to.equal('ERROR');
    expect(event?.object).to.include({ reason: 'Expired', code: 410 });
    expect(event?.object.message).to.match(/^too old resource version: 2 \(\d+\)$/);
  });

  it('sends a bookmark each minute, and before it ends', async () => {
    const events = await server.watch(`${inW}?watch=1&allowWatchBookmarks=true&timeoutSeconds=100`);
    await server.must('POST', inW, { body: configMap('a', {}, 'w') });
    await server.clock.advance(100_000);
    const told = await take(events, 3);
    expect(told.map(({ type }) => type)).to.deep.equal(['ADDED', 'BOOKMARK', 'BOOKMARK']);
    expect(told[2]?.object).to.deep.equal({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { resourceVersion: told[0]?.object.metadata.resourceVersion, creationTimestamp: null },
    });
    expect((await events.next()).done).to.equal(true);
    expect(server.clock.timers).to.equal(0);
  });

  it('with sendInitialEvents tells the state first and marks its end', async () => {
    await server.must('POST', inW, { body: configMap('a', {}, 'w') });
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const events = await server.watch(`${inW}?${query}`);
    await server.must('POST', inW, { body: configMap('b', {}, 'w') });
    const told = await take(events, 3);
    expect(told.map(({ type }) => type)).to.deep.equal(['ADDED', 'BOOKMARK', 'ADDED']);
    expect(told[1]?.object.metadata.annotations).to.deep.equal({ 'k8s.io/initial-events-end': 'true' });
    await events.return?.();
  });

  it('with sendInitialEvents has no tables: a client that takes nothing else is told so', async () => {
    await server.must('POST', inW, { body: configMap('a', {}, 'w') });
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const asTable = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const { code } = await server.ask('GET', `${inW}?${query}`, { accept: asTable });
    expect(code).to.equal(406);
    const events = await server.watch(`${inW}?${query}`, { accept: `${asTable},application/json` });
    const [told] = await take(events, 1);
    expect(told?.object.kind).to.equal('ConfigMap');
    await events.return?.();
  });

  it('that nobody reads is cut with an error, and holds up nobody', async () => {
    const slow = await server.watch(`${inW}?watch=1`);
    const first = slow.next();
    for (let index = 0; index <= 1002; index += 1) {
      await server.must('POST', inW, { body: configMap(`c${index}`, {}, 'w') });
    }
    expect((await first).value.type).to.equal('ADDED');
    const [event] = await take(slow, 1);
    expect(event?.object.message).to.equal('too slow: more than 1000 events were waiting to be read');
    expect((await slow.next()).done).to.equal(true);
  });

  it('ends when its client has gone', async () => {
    const gone = new AbortController();
    const events = await server.watch(`${inW}?watch=1`, { signal: gone.signal });
    const next = events.next();
    gone.abort();
    expect((await next).done).to.equal(true);
    expect(server.clock.timers).to.equal(0);
  });

  it('of one object by the older path tells of that object only', async () => {
    await server.must('POST', inW, { body: configMap('a', {}, 'w') });
    await server.must('POST', inW, { body: configMap('b', {}, 'w') });
    const [event] = await all('/api/v1/watch/namespaces/w/configmaps/b?resourceVersion=0', 1);
    expect(event?.object.metadata.name).to.equal('b');
  });
});
