// The local copy of a resource: what it hears, what it keeps, and that it never falls behind our own writes.

import { expect } from 'chai';
import { type ConfigMap, configmaps } from '../../../shared/api/index.ts';
import { createLog } from '../../../shared/base/index.ts';
import {
  type Change,
  createClient,
  Informer,
  keyOf,
  type ListWatchHandlers,
  type Transport,
} from '../../../shared/client/index.ts';
import type { KubeObject, Live } from '../../../shared/machinery/index.ts';

/** A transport by hand: the test says what the server says. */
class Wire implements Transport {
  handlers: ListWatchHandlers<ConfigMap> | undefined;
  stopped = false;

  async request(): Promise<unknown> {
    throw new Error('nobody asks here');
  }

  listWatch<T extends KubeObject>(_scope: unknown, handlers: ListWatchHandlers<T>): { stop(): void } {
    this.handlers = handlers as unknown as ListWatchHandlers<ConfigMap>;
    return { stop: () => (this.stopped = true) };
  }

  replace(revision: number, ...items: Live<ConfigMap>[]): void {
    const metadata = { resourceVersion: String(revision) };
    this.handlers?.onReplace({ apiVersion: 'v1', kind: 'ConfigMapList', metadata, items });
  }

  event(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Live<ConfigMap>): void {
    this.handlers?.onEvent({ type, object });
  }
}

function configMap(
  name: string,
  revision: number,
  options: { uid?: string; owner?: string } = {},
): Live<ConfigMap> {
  const { uid = `uid-${name}`, owner } = options;
  const metadata = {
    name,
    namespace: 'home',
    uid,
    resourceVersion: String(revision),
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...(owner && { labels: { owner } }),
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
}

function started() {
  const wire = new Wire();
  const informer = new Informer<ConfigMap>({
    client: createClient(wire),
    scope: { resource: configmaps },
    log: createLog('test', 'silent'),
  });
  const heard: string[] = [];
  informer.onChange(({ type, object, previous }: Change<ConfigMap>) => {
    const before = previous ? `${previous.metadata.resourceVersion}→` : '';
    heard.push(`${type} ${keyOf(object)} ${before}${object.metadata.resourceVersion}`);
  });
  informer.start();
  return { wire, informer, heard };
}

describe('an informer', () => {
  it('is synced with its first list, and follows what happens', async () => {
    const { wire, informer, heard } = started();
    expect(informer.hasSynced).to.equal(false);
    wire.replace(10, configMap('a', 3), configMap('b', 7));
    await informer.synced;
    wire.event('MODIFIED', configMap('a', 11));
    wire.event('DELETED', configMap('b', 12));
    wire.event('ADDED', configMap('c', 13));
    expect(heard).to.eql([
      'ADDED home/a 3',
      'ADDED home/b 7',
      'MODIFIED home/a 3→11',
      'DELETED home/b 7→12',
      'ADDED home/c 13',
    ]);
    expect(informer.inNamespace('home').map(keyOf)).to.eql(['home/a', 'home/c']);
  });

  it('ignores what is not newer than what it holds', () => {
    const { wire, heard } = started();
    wire.replace(10, configMap('a', 9));
    wire.event('MODIFIED', configMap('a', 9));
    wire.event('MODIFIED', configMap('a', 8));
    expect(heard).to.eql(['ADDED home/a 9']);
  });

  it('finds out after a break what has gone, changed and been made anew', () => {
    const { wire, heard } = started();
    wire.replace(10, configMap('a', 1), configMap('b', 2), configMap('c', 3));
    heard.length = 0;
    wire.replace(20, configMap('a', 1), configMap('b', 15, { uid: 'another' }));
    expect(heard).to.eql(['DELETED home/b 2→2', 'ADDED home/b 15', 'DELETED home/c 3→3']);
  });

  it('knows our own write before the watch tells of it, and is told once', () => {
    const { wire, informer, heard } = started();
    wire.replace(10);
    informer.learn(configMap('a', 12));
    expect(informer.get('home/a')?.metadata.resourceVersion).to.equal('12');
    wire.event('ADDED', configMap('a', 12));
    expect(heard).to.eql(['ADDED home/a 12']);
  });

  it('does not bring back what was written and deleted before the answer came', () => {
    const { wire, informer } = started();
    wire.replace(10);
    wire.event('ADDED', configMap('a', 12));
    wire.event('DELETED', configMap('a', 13));
    informer.learn(configMap('a', 12));
    expect(informer.get('home/a')).to.equal(undefined);
  });

  it('keeps what it learned after a list that is older', () => {
    const { wire, informer } = started();
    wire.replace(10);
    informer.learn(configMap('a', 12));
    wire.replace(11);
    expect(informer.get('home/a')?.metadata.resourceVersion).to.equal('12');
    wire.replace(13);
    expect(informer.get('home/a')).to.equal(undefined);
  });

  it('believes a list from the past: the hub was restored from a backup', () => {
    const { wire, informer } = started();
    wire.replace(10, configMap('a', 9), configMap('b', 10));
    wire.replace(5, configMap('a', 4));
    expect(informer.list().map(({ metadata }) => [metadata.name, metadata.resourceVersion])).to.eql([
      ['a', '4'],
    ]);
    wire.event('MODIFIED', configMap('a', 6));
    expect(informer.get('home/a')?.metadata.resourceVersion).to.equal('6');
  });

  it('keeps its indexes current', () => {
    const { wire, informer } = started();
    wire.replace(10, configMap('a', 1, { owner: 'x' }), configMap('b', 2, { owner: 'y' }));
    informer.addIndex('owner', ({ metadata }) => [metadata.labels?.owner ?? '']);
    wire.event('MODIFIED', configMap('a', 11, { owner: 'y' }));
    expect(informer.byIndex('owner', 'x')).to.eql([]);
    expect(informer.byIndex('owner', 'y').map(keyOf).sort()).to.eql(['home/a', 'home/b']);
    wire.event('DELETED', configMap('b', 12, { owner: 'y' }));
    expect(informer.byIndex('owner', 'y').map(keyOf)).to.eql(['home/a']);
  });

  it('tells a latecomer what is there, and nobody after they have left', () => {
    const { wire, informer } = started();
    wire.replace(10, configMap('a', 1));
    const late: string[] = [];
    const leave = informer.onChange(({ type, object }) => late.push(`${type} ${keyOf(object)}`));
    leave();
    wire.event('DELETED', configMap('a', 11));
    expect(late).to.eql(['ADDED home/a']);
  });

  it('survives a handler that throws', () => {
    const { wire, informer, heard } = started();
    informer.onChange(() => {
      throw new Error('mine');
    });
    wire.replace(10, configMap('a', 1), configMap('b', 2));
    expect(heard).to.eql(['ADDED home/a 1', 'ADDED home/b 2']);
    informer.stop();
    expect(wire.stopped).to.equal(true);
  });
});
