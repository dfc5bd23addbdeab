import { expect } from 'chai';
import type { AccessReview, UserInfo } from '../../../hub/apiserver/index.ts';
import { configmaps, pods } from '../../../shared/api/index.ts';
import { createClient } from '../../../shared/client/index.ts';
import { ApiError, type KubeObject, type Live } from '../../../shared/machinery/index.ts';
import { type ApiServerFixture, admin, configMap, startApiServer } from '../../support/apiserver.ts';
import { until } from '../../support/until.ts';

const jane: UserInfo = { name: 'jane', groups: ['system:authenticated'] };
const path = '/api/v1/namespaces/default/configmaps';

describe('the pipeline', () => {
  let server: ApiServerFixture;
  let asked: AccessReview[];
  let failing: boolean;
  beforeEach(async () => {
    asked = [];
    failing = false;
    server = await startApiServer({
      authorize: async (review) => {
        asked.push(review);
        return review.user.name === 'admin' ? { allowed: true } : { allowed: false, reason: 'because' };
      },
      admission: () => [
        {
          name: 'Failing',
          admit() {
            if (failing) throw new TypeError('a bug');
          },
        },
      ],
    });
  });
  afterEach(() => server.stop());

  it('asks for permission first, with all that the path says', async () => {
    await server.ask('GET', '/apis/apps/v1/namespaces/x/deployments/web/scale');
    const { user: _, ...review } = asked[0] ?? { user: admin };
    expect(review).to.deep.equal({
      verb: 'get',
      group: 'apps',
      resource: 'deployments',
      subresource: 'scale',
      namespace: 'x',
      name: 'web',
    });
  });

  for (const [method, at, message] of [
    [
      'GET',
      '/api/v1/namespaces/default/pods',
      'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default": because',
    ],
    [
      'GET',
      '/api/v1/nodes/n',
      'nodes "n" is forbidden: User "jane" cannot get resource "nodes" in API group "" at the cluster scope: because',
    ],
    [
      'GET',
      '/api/v1/namespaces/default/pods/p/log',
      'pods "p" is forbidden: User "jane" cannot get resource "pods/log" in API group "" in the namespace "default": because',
    ],
    [
      'GET',
      '/apis/apps/v1/nosuchthings',
      'nosuchthings.apps is forbidden: User "jane" cannot list resource "nosuchthings" in API group "apps" at the cluster scope: because',
    ],
    ['GET', '/metrics', 'forbidden: User "jane" cannot get path "/metrics": because'],
  ]) {
    it(`refuses ${method} ${at} in the words of Kubernetes`, async () => {
      const answer = await server.ask(method ?? '', at ?? '', { user: jane });
      expect(answer.code).to.equal(403);
      expect(answer.body).to.include({ reason: 'Forbidden', message });
    });
  }

  it('answers a bug of its own with a 500 and goes on', async () => {
    failing = true;
    const answer = await server.ask('POST', path, { body: configMap('a') });
    expect(answer.code).to.equal(500);
    expect(answer.body).to.include({ reason: 'InternalError', message: 'Internal error occurred: a bug' });
    failing = false;
    expect((await server.ask('POST', path, { body: configMap('a') })).code).to.equal(201);
  });

  it('answers 503 when it does not run', async () => {
    await server.api.stop();
    const answer = await server.ask('GET', path);
    expect(answer.code).to.equal(503);
  });

  it('answers 503 when its store has stopped', async () => {
    await server.store.stop();
    const answer = await server.ask('GET', path);
    expect(answer.code).to.equal(503);
    expect(answer.body.message).to.equal('the store does not run');
  });

  describe('without a wire', () => {
    const collect = () => {
      const told: string[] = [];
      const errors: unknown[] = [];
      const name = (object: KubeObject) => object.metadata?.name ?? '';
      return {
        told,
        errors,
        handlers: {
          onReplace: (list: { items: KubeObject[] }) => void told.push(`= ${list.items.map(name).join(' ')}`),
          onEvent: (event: { type: string; object: KubeObject }) =>
            void told.push(`${event.type} ${name(event.object)}`),
          onError: (error: unknown) => void errors.push(error),
        },
      };
    };

    it('answers the same objects that the store has', async () => {
      const client = createClient(server.api.transport({ user: admin }));
      const created = await client.create(configmaps, configMap('a'));
      const read: Live = await client.get(configmaps, { namespace: 'default', name: 'a' });
      expect(read).to.equal(created);
      expect(Object.isFrozen(read)).to.equal(true);
    });

    it('throws what a door would answer', async () => {
      const client = createClient(server.api.transport({ user: jane }));
      const failed = await client.list(pods).catch((error: unknown) => error);
      expect(failed).to.be.instanceOf(ApiError).with.property('reason', 'Forbidden');
    });

    it('lists, then follows, and stops', async () => {
      const client = createClient(server.api.transport({ user: admin }));
      await client.create(configmaps, configMap('a'));
      const { told, handlers } = collect();
      const following = client.listWatch({ resource: configmaps, namespace: 'default' }, handlers);
      await until('the list', () => told.length === 1);
      await client.create(configmaps, configMap('b'));
      await client.create(configmaps, configMap('elsewhere', {}, 'other'));
      await client.delete(configmaps, { namespace: 'default', name: 'a' });
      following.stop();
      await client.create(configmaps, configMap('c'));
      expect(told).to.deep.equal(['= a', 'ADDED b', 'DELETED a']);
    });

    it('says why it cannot follow, and tries again', async () => {
      const client = createClient(server.api.transport({ user: jane }));
      const { told, errors, handlers } = collect();
      const following = client.listWatch({ resource: configmaps }, handlers);
      await until('an error', () => errors.length === 1);
      expect(errors[0]).to.be.instanceOf(ApiError).with.property('reason', 'Forbidden');
      await server.clock.advance(60_000);
      await until('another try', () => errors.length > 1);
      following.stop();
      expect(told).to.deep.equal([]);
      expect(server.clock.timers).to.equal(0);
    });
  });
});
