// Events are one store: what is written through core/v1 is read through events.k8s.io/v1, and the other way round.

import { expect } from 'chai';
import fc from 'fast-check';
import { fromCoreEvent, toCoreEvent } from '../../../shared/api/events/conversion.ts';
import type { EventInEvents } from '../../../shared/api/index.ts';
import { type ApiServerFixture, namespace, startApiServer, take } from '../../support/apiserver.ts';

const older = '/api/v1/namespaces/rec/events';
const newer = '/apis/events.k8s.io/v1/namespaces/rec/events';
const time = '2024-01-01T00:00:00.000000Z';
const involved = { kind: 'Pod', name: 'p', namespace: 'rec' };

const told = (name: string) => ({
  metadata: { name, labels: { a: 'b' } },
  involvedObject: involved,
  reason: 'Pulled',
  message: 'an image',
  type: 'Normal',
  count: 3,
  firstTimestamp: '2024-01-01T00:00:00Z',
  lastTimestamp: '2024-01-01T00:01:00Z',
  source: { component: 'kubelet', host: 'n1' },
});

const seen = (name: string) => ({
  metadata: { name },
  regarding: involved,
  reason: 'Scheduled',
  note: 'to n1',
  type: 'Normal',
  action: 'Binding',
  eventTime: time,
  reportingController: 'example.com/scheduler',
  reportingInstance: 's-1',
});

describe('the two views of events', () => {
  let server: ApiServerFixture;
  beforeEach(async () => {
    server = await startApiServer();
    await server.must('POST', '/api/v1/namespaces', { body: namespace('rec') });
  });
  afterEach(() => server.stop());

  it('show an event of the older API in newer words', async () => {
    const written = await server.must('POST', older, { body: told('a') });
    const shown = await server.must('GET', `${newer}/a`);
    expect(shown).to.deep.include({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      regarding: involved,
      note: 'an image',
      deprecatedCount: 3,
      deprecatedSource: { component: 'kubelet', host: 'n1' },
      deprecatedFirstTimestamp: '2024-01-01T00:00:00Z',
      eventTime: null,
    });
    expect(shown.metadata).to.deep.equal(written.metadata);
    expect(shown).to.not.have.any.keys('message', 'involvedObject', 'count', 'source');
  });

  it('show an event of the newer API in older words', async () => {
    await server.must('POST', newer, { body: seen('a') });
    expect(await server.must('GET', `${older}/a`)).to.deep.include({
      apiVersion: 'v1',
      involvedObject: involved,
      message: 'to n1',
      reportingComponent: 'example.com/scheduler',
      eventTime: time,
      firstTimestamp: null,
      source: {},
    });
  });

  it('list, select and count the same events', async () => {
    await server.must('POST', older, { body: told('a') });
    await server.must('POST', newer, { body: seen('b') });
    const names = async (path: string) =>
      (await server.must('GET', path)).items.map((event: EventInEvents) => event.metadata?.name);
    expect(await names(newer)).to.deep.equal(['a', 'b']);
    expect(await names(older)).to.deep.equal(['a', 'b']);
    expect(await names(`${newer}?fieldSelector=regarding.name%3Dp,reason%3DScheduled`)).to.deep.equal(['b']);
    expect(await names(`${newer}?labelSelector=a%3Db`)).to.deep.equal(['a']);
    expect((await server.ask('POST', older, { body: told('b') })).code).to.equal(409);
  });

  it('hear of each other', async () => {
    const watch = await server.watch(`${newer}?watch=1`);
    await server.must('POST', older, { body: told('a') });
    await server.must('DELETE', `${newer}/a`);
    const events = await take(watch, 2);
    expect(events.map(({ type, object }) => [type, object.apiVersion, object.note])).to.deep.equal([
      ['ADDED', 'events.k8s.io/v1', 'an image'],
      ['DELETED', 'events.k8s.io/v1', 'an image'],
    ]);
    await watch.return?.();
  });

  it('let a series go on, and nothing else', async () => {
    await server.must('POST', newer, { body: seen('a') });
    const contentType = 'application/merge-patch+json';
    const patch = (body: object) => server.ask('PATCH', `${newer}/a`, { body, contentType });
    expect((await patch({ series: { count: 2, lastObservedTime: time } })).code).to.equal(200);
    expect((await server.must('GET', `${older}/a`)).series).to.deep.equal({
      count: 2,
      lastObservedTime: time,
    });
    expect((await patch({ series: { count: 1 } })).body.message).to.include('series.count');
    expect((await patch({ note: 'else' })).body.message).to.include('message: Invalid value: "else"');
    const contrary = { message: 'the older API lets it pass' };
    expect((await server.ask('PATCH', `${older}/a`, { body: contrary, contentType })).code).to.equal(200);
  });

  it('let an event of the older API be written through the newer, as far as any', async () => {
    await server.must('POST', older, { body: told('d') });
    const { metadata, ...shown } = await server.must('GET', `${newer}/d`);
    const { resourceVersion: _, managedFields: __, ...unconditional } = metadata;
    const body = { ...shown, metadata: { ...unconditional, labels: { a: 'c' } } };
    expect((await server.must('PUT', `${newer}/d`, { body })).metadata.labels).to.deep.equal({ a: 'c' });
    const contentType = 'application/merge-patch+json';
    const series = { series: { count: 1, lastObservedTime: time } };
    const patched = await server.ask('PATCH', `${newer}/d`, { contentType, body: series });
    expect(patched.body.message).to.contain('series.count: Invalid value: "": should be at least 2');
    const timed = await server.ask('PUT', `${newer}/d`, { body: { ...body, eventTime: time } });
    expect(timed.body.details.causes.map(({ field }: { field: string }) => field)).to.deep.equal([
      'reportingController',
      'reportingController',
      'reportingController',
      'reportingInstance',
      'action',
      'eventTime',
    ]);
  });

  it('lose nothing on the way, there and back', () => {
    const text = fc.option(fc.constantFrom('', 'a', 'b'), { nil: undefined });
    const event = fc.record({
      reason: text,
      message: text,
      type: text,
      action: text,
      reportingComponent: text,
      reportingInstance: text,
      count: fc.option(fc.nat(9), { nil: undefined }),
    });
    fc.assert(
      fc.property(event, (fields) => {
        const given = Object.entries(fields).filter(
          ([, value]) => value !== undefined && value !== '' && value !== 0,
        );
        const core = { metadata: { name: 'a' }, involvedObject: involved, ...Object.fromEntries(given) };
        const back = toCoreEvent(fromCoreEvent(core));
        expect(back).to.deep.include(core);
      }),
    );
  });
});
