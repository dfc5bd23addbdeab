// What every way to the API has to do: one suite, run over each of them.

import { expect } from 'chai';
import { type ConfigMap, configmaps, namespaces } from '../../shared/api/index.ts';
import { createLog } from '../../shared/base/index.ts';
import { type Client, createClient, Informer, type Transport } from '../../shared/client/index.ts';
import { ApiError, type Reason } from '../../shared/machinery/index.ts';
import { until } from '../support/until.ts';

export interface TransportWorld {
  transport: Transport;
  /** Breaks the connection under whoever listens, and mends it; absent: there is none to break. */
  interrupt?: (meanwhile: () => Promise<void>) => Promise<void>;
  /** The same API by a way that is never interrupted. */
  beside: Transport;
  close(): Promise<void>;
}

const configMap = (
  name: string,
  data: Record<string, string> = {},
  labels?: Record<string, string>,
): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', ...(labels && { labels }) },
  data,
});

const key = (name: string) => ({ namespace: 'default', name });

async function refused(asked: Promise<unknown>): Promise<ApiError> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

/** `breaks` (default): there is a connection that can break, and the world's `interrupt` does it. */
export function transportContract(
  name: string,
  open: () => Promise<TransportWorld>,
  { breaks = true }: { breaks?: boolean } = {},
): void {
  describe(`a client over ${name}`, () => {
    let world: TransportWorld;
    let client: Client;

    beforeEach(async () => {
      world = await open();
      client = createClient(world.transport);
      const metadata = { name: 'default' };
      await createClient(world.beside).create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata });
    });

    afterEach(() => world.close());

    it('creates, reads, changes and deletes', async () => {
      const made = await client.create(configmaps, configMap('a', { x: '1' }));
      expect(made.metadata.uid).to.match(/^[0-9a-f-]{36}$/);
      expect(await client.get(configmaps, key('a'))).to.eql(made);
      const changed = await client.update(configmaps, { ...made, data: { x: '2' } });
      expect(changed.data).to.eql({ x: '2' });
      const patch = { data: { x: null, y: '3' } };
      const patched = await client.patch(configmaps, key('a'), 'application/merge-patch+json', patch);
      expect(patched.data).to.eql({ y: '3' });
      await client.delete(configmaps, key('a'), { preconditions: { uid: made.metadata.uid } });
      expect((await client.list(configmaps, { namespace: 'default' })).items).to.eql([]);
    });

    it('answers frozen objects', async () => {
      const made = await client.create(configmaps, configMap('a', { x: '1' }));
      expect(Object.isFrozen(made) && Object.isFrozen(made.metadata) && Object.isFrozen(made.data)).to.equal(
        true,
      );
    });

    it('throws what the API says, with its reason, code and details', async () => {
      const made = await client.create(configmaps, configMap('a'));
      await client.update(configmaps, { ...made, data: { x: '1' } });
      const cases: [Promise<unknown>, Reason, number][] = [
        [client.get(configmaps, key('none')), 'NotFound', 404],
        [client.create(configmaps, configMap('a')), 'AlreadyExists', 409],
        [client.update(configmaps, { ...made, data: { x: '2' } }), 'Conflict', 409],
        [client.create(configmaps, configMap('Not A Name')), 'Invalid', 422],
        [client.delete(configmaps, key('a'), { preconditions: { uid: 'other' } }), 'Conflict', 409],
      ];
      for (const [asked, reason, code] of cases) expect(await refused(asked)).to.include({ reason, code });
      const missing = await refused(client.get(configmaps, key('none')));
      expect(missing.message).to.equal('configmaps "none" not found');
      expect(missing.details).to.eql({ name: 'none', kind: 'configmaps' });
    });

    it('lists by selector, and in pages', async () => {
      for (const each of ['a', 'b', 'c']) await client.create(configmaps, configMap(each, {}, { is: each }));
      const some = await client.list(configmaps, { namespace: 'default', labelSelector: 'is in (a,c)' });
      expect(some.items.map(({ metadata }) => metadata.name)).to.eql(['a', 'c']);
      const page = await client.list(configmaps, { namespace: 'default', limit: 2 });
      expect(page.items).to.have.length(2);
      const rest = await client.list(configmaps, {
        namespace: 'default',
        limit: 2,
        continue: page.metadata.continue ?? '',
      });
      expect([...page.items, ...rest.items].map(({ metadata }) => metadata.name)).to.eql(['a', 'b', 'c']);
    });

    it('tries a write without making it', async () => {
      await client.create(configmaps, configMap('a'), { dryRun: true });
      expect((await refused(client.get(configmaps, key('a')))).reason).to.equal('NotFound');
    });

    it('follows a resource: what is there, then every change in order', async () => {
      await client.create(configmaps, configMap('a', { x: '0' }));
      const heard: string[] = [];
      const watch = client.listWatch(
        { resource: configmaps, namespace: 'default' },
        {
          onReplace: ({ items }) => heard.push(`replace ${items.map(({ metadata }) => metadata.name)}`),
          onEvent: ({ type, object }) =>
            heard.push(`${type} ${object.metadata.name} ${JSON.stringify(object.data)}`),
          onError: (error) => heard.push(String(error)),
        },
      );
      await until('the first list', () => heard.length === 1);
      await client.create(configmaps, configMap('b', { x: '1' }));
      await client.patch(configmaps, key('b'), 'application/merge-patch+json', { data: { x: '2' } });
      await client.delete(configmaps, key('b'));
      await until('three events', () => heard.length === 4);
      watch.stop();
      expect(heard).to.eql(['replace a', 'ADDED b {"x":"1"}', 'MODIFIED b {"x":"2"}', 'DELETED b {"x":"2"}']);
    });

    it('follows by selector: who leaves it is gone', async () => {
      const heard: string[] = [];
      const watch = client.listWatch(
        { resource: configmaps, labelSelector: 'on=yes' },
        {
          onReplace: () => heard.push('replace'),
          onEvent: ({ type, object }) => heard.push(`${type} ${object.metadata.name}`),
          onError: (error) => heard.push(String(error)),
        },
      );
      await until('the first list', () => heard.length === 1);
      await client.create(configmaps, configMap('off', {}, { on: 'no' }));
      await client.create(configmaps, configMap('a', {}, { on: 'yes' }));
      const off = { metadata: { labels: { on: 'no' } } };
      await client.patch(configmaps, key('a'), 'application/merge-patch+json', off);
      await until('both events', () => heard.length === 3);
      watch.stop();
      expect(heard).to.eql(['replace', 'ADDED a', 'DELETED a']);
    });

    if (!breaks) return;

    it('holds an informer that misses nothing through a break', async () => {
      const { interrupt, beside } = world;
      const other = createClient(beside);
      const informer = new Informer<ConfigMap>({
        client,
        scope: { resource: configmaps },
        log: createLog('test', 'silent'),
      });
      await other.create(configmaps, configMap('before'));
      await other.create(configmaps, configMap('goes'));
      informer.start();
      await informer.synced;
      await interrupt?.(async () => {
        await other.create(configmaps, configMap('during'));
        await other.delete(configmaps, key('goes'));
      });
      await other.create(configmaps, configMap('after'));
      await until('the informer to catch up', () => informer.get('default/after'), 20_000);
      const names = informer.list().map(({ metadata }) => metadata.name);
      informer.stop();
      expect(names.sort()).to.eql(['after', 'before', 'during']);
    });
  });
}
