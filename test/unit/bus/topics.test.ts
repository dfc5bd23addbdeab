// The topic tree: what is spelled is read back, and nothing breaks out of its level.

import { expect } from 'chai';
import fc from 'fast-check';
import {
  acksTopic,
  desiredTopic,
  filters,
  leaseTopic,
  matches,
  mayReveal,
  parseTopic,
  presenceTopic,
  rpcTopic,
  streamTopic,
  syncTopic,
  watchedBy,
  watchTopic,
} from '../../../shared/bus/index.ts';

const pod = { group: '', resource: 'pods', namespace: 'default', name: 'web-0' };
const node = { group: '', resource: 'nodes', name: 'pi-1' };
const deployment = { group: 'apps', resource: 'deployments', namespace: 'default', name: 'web' };

describe('topics', () => {
  it('are spelled as the contract says', () => {
    expect(watchTopic(pod)).to.equal('kelp/v1/watch/core/pods/default/web-0');
    expect(watchTopic(node)).to.equal('kelp/v1/watch/core/nodes/_/pi-1');
    expect(watchTopic(deployment)).to.equal('kelp/v1/watch/apps/deployments/default/web');
    expect(desiredTopic('pi-1', pod)).to.equal('kelp/v1/nodes/pi-1/desired/core/pods/default/web-0');
    expect(acksTopic('pi-1')).to.equal('kelp/v1/nodes/pi-1/acks');
    expect(presenceTopic('pi-1')).to.equal('kelp/v1/nodes/pi-1/presence');
    expect(leaseTopic('pi-1')).to.equal('kelp/v1/nodes/pi-1/lease');
    expect(syncTopic('pi-1', 'hub')).to.equal('kelp/v1/nodes/pi-1/sync/hub');
    expect(streamTopic('pi-1', '7f', 'agent')).to.equal('kelp/v1/nodes/pi-1/streams/7f/agent');
    expect(rpcTopic('desk', 'request')).to.equal('kelp/v1/rpc/desk/request');
  });

  it('are read back to what they were made of', () => {
    expect(parseTopic(watchTopic(pod))).to.deep.equal({ kind: 'watch', address: pod });
    expect(parseTopic(watchTopic(node))).to.deep.equal({ kind: 'watch', address: node });
    expect(parseTopic(desiredTopic('pi-1', pod))).to.deep.equal({
      kind: 'desired',
      node: 'pi-1',
      address: pod,
    });
    expect(parseTopic(leaseTopic('pi-1'))).to.deep.equal({ kind: 'lease', node: 'pi-1' });
    expect(parseTopic(syncTopic('pi-1', 'agent'))).to.deep.equal({
      kind: 'sync',
      node: 'pi-1',
      from: 'agent',
    });
    expect(parseTopic(streamTopic('a', 'b', 'hub'))).to.deep.equal({
      kind: 'stream',
      node: 'a',
      id: 'b',
      from: 'hub',
    });
    expect(parseTopic(rpcTopic('c', 'response'))).to.deep.equal({
      kind: 'rpc',
      client: 'c',
      part: 'response',
    });
  });

  it('refuse names that would be more than one level, or none', () => {
    for (const bad of ['a/b', '+', '#', 'a+', '', 'a\u0000', 'a\nb', 'x'.repeat(256)]) {
      expect(() => presenceTopic(bad), bad).to.throw(TypeError);
      expect(() => watchTopic({ ...pod, name: bad }), bad).to.throw(TypeError);
    }
  });

  it('that are none of ours are nothing, whatever they are', () => {
    for (const topic of [
      '',
      '/',
      'kelp',
      'kelp/v1',
      'kelp/v2/nodes/a/lease',
      'kelp/v1/nodes//lease',
      'kelp/v1/nodes/a/lease/b',
      'kelp/v1/watch/core/pods/default',
      'kelp/v1/nodes/a/sync/both',
      '$SYS/x',
    ]) {
      expect(parseTopic(topic), topic).to.equal(undefined);
    }
    fc.assert(fc.property(fc.string(), (topic) => parseTopic(topic) === undefined));
  });
});

describe('filters', () => {
  it('match as MQTT 3.1.1 says', () => {
    const cases: [filter: string, topic: string, expected: boolean][] = [
      ['a/b', 'a/b', true],
      ['a/b', 'a/b/c', false],
      ['a/+', 'a/b', true],
      ['a/+', 'a', false],
      ['a/+', 'a/', true],
      ['a/#', 'a', true],
      ['a/#', 'a/b/c', true],
      ['#', 'a/b', true],
      ['#', '$SYS/a', false],
      ['+/a', '$SYS/a', false],
      ['$SYS/#', '$SYS/a', true],
      ['+', '/a', false],
      ['+/+', '/a', true],
    ];
    for (const [filter, topic, expected] of cases)
      expect(matches(filter, topic), `${filter} ${topic}`).to.equal(expected);
  });

  it('under watch/ ask for what they can reach', () => {
    expect(watchedBy('kelp/v1/watch/#')).to.deep.equal({ group: '*', resource: '*' });
    expect(watchedBy('kelp/v1/watch/core/#')).to.deep.equal({ group: '', resource: '*' });
    expect(watchedBy('kelp/v1/watch/+/pods/#')).to.deep.equal({ group: '*', resource: 'pods' });
    expect(watchedBy('kelp/v1/watch/apps/deployments/#')).to.deep.equal({
      group: 'apps',
      resource: 'deployments',
    });
    expect(watchedBy('kelp/v1/watch/core/pods/default/+')).to.deep.equal({
      group: '',
      resource: 'pods',
      namespace: 'default',
    });
    expect(watchedBy('kelp/v1/watch/core/pods/+/web-0')).to.deep.equal({
      group: '',
      resource: 'pods',
      name: 'web-0',
    });
    expect(watchedBy(watchTopic(node))).to.deep.equal({ group: '', resource: 'nodes', name: 'pi-1' });
    for (const filter of [
      '#',
      'kelp/#',
      'kelp/v1/#',
      'kelp/v1/+/core/pods/#',
      'kelp/v1/watch',
      'kelp/v1/watch/core/pods',
      'kelp/v1/watch/core/pods/a/b/c',
      'kelp/v1/watch//pods/#',
    ]) {
      expect(watchedBy(filter), filter).to.equal(undefined);
    }
  });

  it('ask at least for the right to see whatever they match', () => {
    const word = fc.constantFrom('core', 'apps', 'pods', 'secrets', 'default', '_', 'a');
    const filterWord = fc.oneof(word, fc.constantFrom('+', '#', 'kelp', 'v1', 'watch'));
    const address = fc.tuple(word, word, word, word);
    fc.assert(
      fc.property(
        fc.array(filterWord, { maxLength: 5 }),
        address,
        (levels, [group, resource, namespace, name]) => {
          const filter = ['kelp', 'v1', 'watch', ...levels].join('/');
          const topic = ['kelp', 'v1', 'watch', group, resource, namespace, name].join('/');
          const asked = watchedBy(filter);
          if (!asked || !matches(filter, topic)) return true;
          const covers = (right: string | undefined, what: string) =>
            right === undefined || right === '*' || right === what;
          return (
            covers(asked.group, group === 'core' ? '' : group) &&
            covers(asked.resource, resource) &&
            covers(asked.namespace, namespace) &&
            covers(asked.name, name)
          );
        },
      ),
    );
  });

  it('show Secrets only where they are named', () => {
    const secret = watchTopic({ group: '', resource: 'secrets', namespace: 'default', name: 'db' });
    const shown = ['kelp/v1/watch/core/secrets/#', 'kelp/v1/watch/core/secrets/default/+', secret];
    const hidden = [
      'kelp/v1/watch/#',
      'kelp/v1/watch/core/#',
      'kelp/v1/watch/+/secrets/#',
      'kelp/v1/watch/core/+/default/db',
      '#',
    ];
    for (const filter of shown) expect(mayReveal(filter, secret), filter).to.equal(true);
    for (const filter of hidden) expect(mayReveal(filter, secret), filter).to.equal(false);
    expect(mayReveal('kelp/v1/watch/#', watchTopic(pod))).to.equal(true);
    expect(
      mayReveal(filters.desired('pi-1'), desiredTopic('pi-1', { ...pod, resource: 'secrets' })),
    ).to.equal(true);
  });
});
