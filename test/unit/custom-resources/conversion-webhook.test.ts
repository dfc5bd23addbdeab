// Versions that a webhook converts: a real HTTPS server on loopback, asked with real ConversionReviews.

import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { CustomResourcesFixture } from '../../support/custom-resources.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects are JSON of any shape
type Anything = any;

const path = (version: string) => `/apis/stable.example.com/${version}/namespaces/default/crontabs`;

/** v1 has `hostPort: "host:port"`, v2 has `host` and `port`: the example of Kubernetes' documentation. */
function convert(object: Anything, apiVersion: string): Anything {
  const { hostPort, host, port, ...rest } = object;
  if (apiVersion.endsWith('/v2')) {
    const [name, number] = (hostPort ?? ':').split(':');
    return { ...rest, apiVersion, host: name, port: number };
  }
  return { ...rest, apiVersion, hostPort: `${host}:${port}` };
}

describe('a conversion webhook', () => {
  let server: CustomResourcesFixture;
  let webhook: Server;
  let asked: Anything[] = [];
  /** Changes what the webhook answers. */
  let spoil: (response: Anything) => Anything = (response) => response;
  /** So many questions have to be there before one is answered. */
  let together = 1;
  const waiting: (() => void)[] = [];

  before(async () => {
    const { makeCertificates } = await import('../../support/certificates.ts');
    const { startCustomResources } = await import('../../support/custom-resources.ts');
    const { ca, server: pair } = await makeCertificates();
    webhook = createServer({ key: pair.key, cert: pair.certificate }, async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const review: Anything = JSON.parse(Buffer.concat(parts).toString());
      asked.push({ url: request.url, review });
      await new Promise<void>((go) => {
        waiting.push(go);
        if (waiting.length >= together) for (const each of waiting.splice(0)) each();
      });
      const { uid, objects, desiredAPIVersion } = review.request;
      const convertedObjects = objects.map((object: Anything) => convert(object, desiredAPIVersion));
      const answer = spoil({ uid, convertedObjects, result: { status: 'Success' } });
      response.end(JSON.stringify({ kind: review.kind, apiVersion: review.apiVersion, response: answer }));
    });
    webhook.listen(0, '127.0.0.1');
    await once(webhook, 'listening');
    const { port }: Partial<AddressInfo> = Object(webhook.address());
    server = await startCustomResources();
    const text = { type: 'string' };
    const version = (name: string, storage: boolean, properties: object) => ({
      name,
      served: true,
      storage,
      schema: { openAPIV3Schema: { type: 'object', properties } },
    });
    await server.define({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'crontabs.stable.example.com' },
      spec: {
        group: 'stable.example.com',
        names: { plural: 'crontabs', kind: 'CronTab' },
        scope: 'Namespaced',
        versions: [version('v1', true, { hostPort: text }), version('v2', false, { host: text, port: text })],
        conversion: {
          strategy: 'Webhook',
          webhook: {
            conversionReviewVersions: ['v1'],
            clientConfig: {
              url: `https://localhost:${port}/convert`,
              caBundle: Buffer.from(ca.certificate).toString('base64'),
            },
          },
        },
      },
    });
  });

  beforeEach(() => {
    asked = [];
    together = 1;
    spoil = (response) => response;
  });

  after(async () => {
    await server.stop();
    webhook.close();
    webhook.closeAllConnections();
  });

  it('is asked when an object is wanted in another version than it is stored in', async () => {
    const body = {
      apiVersion: 'stable.example.com/v1',
      kind: 'CronTab',
      metadata: { name: 'one' },
      hostPort: 'a:80',
    };
    await server.must('POST', path('v1'), { body });
    expect(asked).to.deep.equal([]);
    const shown = await server.must('GET', `${path('v2')}/one`);
    expect(shown).to.deep.include({ apiVersion: 'stable.example.com/v2', host: 'a', port: '80' });
    expect(shown).to.not.have.property('hostPort');
    expect(asked[0].url).to.equal('/convert?timeout=30s');
    expect(asked[0].review.request.desiredAPIVersion).to.equal('stable.example.com/v2');
    await server.must('GET', `${path('v2')}/one`);
    expect(asked, 'the same object is converted once').to.have.length(1);
  });

  it('is asked in both directions for a write, and for what a watch shows', async () => {
    const events = await server.watch(
      `${path('v2')}?watch=true&resourceVersion=0&fieldSelector=metadata.name=two`,
    );
    const body = {
      apiVersion: 'stable.example.com/v2',
      kind: 'CronTab',
      metadata: { name: 'two' },
      host: 'b',
      port: '81',
    };
    await server.must('POST', path('v2'), { body });
    expect((await events.next()).value).to.deep.include({ type: 'ADDED' });
    const stored = await server.must('GET', `${path('v1')}/two`);
    expect(stored.hostPort).to.equal('b:81');
    await server.must('PATCH', `${path('v2')}/two`, {
      body: { port: '82' },
      contentType: 'application/merge-patch+json',
    });
    expect((await events.next()).value.object).to.deep.include({ host: 'b', port: '82', kind: 'CronTab' });
    expect((await server.must('GET', path('v1'))).items.at(-1).hostPort).to.equal('b:82');
    await events.return?.();
  });

  it('may change labels, and no other metadata', async () => {
    const body = {
      apiVersion: 'stable.example.com/v1',
      kind: 'CronTab',
      metadata: { name: 'three' },
      hostPort: 'c:1',
    };
    await server.must('POST', path('v1'), { body });
    spoil = (response) => {
      response.convertedObjects[0].metadata = { ...response.convertedObjects[0].metadata, name: 'other' };
      return response;
    };
    const refused = await server.ask('GET', `${path('v2')}/three`);
    expect(refused.code).to.equal(500);
    expect(refused.body.message).to.equal(
      'conversion webhook for stable.example.com/v1, Kind=CronTab returned invalid object: must have the same name: three != other',
    );
    spoil = (response) => {
      response.convertedObjects[0].metadata.labels = { converted: 'yes' };
      return response;
    };
    expect((await server.must('GET', `${path('v2')}/three`)).metadata.labels).to.deep.equal({
      converted: 'yes',
    });
  });

  it('has its refusals told', async () => {
    const body = {
      apiVersion: 'stable.example.com/v1',
      kind: 'CronTab',
      metadata: { name: 'four' },
      hostPort: 'd:1',
    };
    await server.must('POST', path('v1'), { body });
    spoil = ({ uid }) => ({ uid, result: { status: 'Failure', message: 'no such port' } });
    expect((await server.ask('GET', `${path('v2')}/four`)).body.message).to.equal(
      'conversion webhook for stable.example.com/v1, Kind=CronTab failed: no such port',
    );
    spoil = (response) => ({ ...response, uid: 'another' });
    expect((await server.ask('GET', `${path('v2')}/four`)).body.message).to.contain(
      ', Kind=CronTab failed: expected response.uid="',
    );
    spoil = (response) => ({ ...response, convertedObjects: [] });
    const none = 'conversion webhook for stable.example.com/v1, Kind=CronTab returned 0 objects, expected 1';
    for (const [method, where] of [
      ['GET', path('v2')],
      ['DELETE', `${path('v2')}/four`],
      ['DELETE', path('v2')],
    ] as const) {
      const { code, body: answer } = await server.ask(method, where);
      expect([code, answer.message]).to.deep.equal([500, none]);
    }
    expect((await server.must('GET', `${path('v1')}/four`)).hostPort).to.equal('d:1');
  });

  it('is asked about several objects of a list at once, which keep their order', async () => {
    const list = (version: string) => path(version).replace('/default/', '/lists/');
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) {
      const metadata = { name, namespace: 'lists' };
      const body = { apiVersion: 'stable.example.com/v1', kind: 'CronTab', metadata, hostPort: 'e:1' };
      await server.must('POST', list('v1'), { body });
    }
    together = names.length;
    const { items } = await server.must('GET', list('v2'));
    expect(items.map(({ metadata }: Anything) => metadata.name)).to.deep.equal(names);
    expect(asked).to.have.length(names.length);
  });

  it('says where it could not be reached', async () => {
    const { convertByWebhook } = await import(
      '../../../hub/apiserver/custom-resources/webhook-conversion.ts'
    );
    const ask = (clientConfig: object, endpoints = async () => ({ host: '127.0.0.1', port: 1 })) =>
      convertByWebhook(
        {
          webhook: { clientConfig, conversionReviewVersions: ['v1'] },
          endpoints,
          group: 'stable.example.com',
        },
        { apiVersion: 'stable.example.com/v1', kind: 'CronTab', metadata: { name: 'x' } },
        'stable.example.com/v2',
      ).then(
        () => 'converted',
        (error: Error) => error.message.replace(/^.* failed: /, ''),
      );
    expect(await ask({ url: 'https://127.0.0.1:1/x' })).to.equal(
      'Post "https://127.0.0.1:1/x?timeout=30s": dial tcp 127.0.0.1:1: connect: connection refused',
    );
    const service = { namespace: 'default', name: 'hook', path: '/x', port: 443 };
    expect(await ask({ service })).to.equal(
      'Post "https://hook.default.svc:443/x?timeout=30s": dial tcp 127.0.0.1:1: connect: connection refused',
    );
    const missing = await ask({ service }, () => Promise.reject(new Error('service "hook" not found')));
    expect(missing).to.equal('Post "https://hook.default.svc:443/x?timeout=30s": service "hook" not found');
    const { port }: Partial<AddressInfo> = Object(webhook.address());
    expect(await ask({ url: `https://localhost:${port}/convert` })).to.contain(
      'certificate signed by unknown authority',
    );
  });
});
