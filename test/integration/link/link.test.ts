// An agent's link to a real hub: what is desired arrives and survives, what is reported gets there, and breaks heal.

import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { configmaps, events, leases, nodes, pods, secrets } from '../../../shared/api/index.ts';
import { ApiError, findCondition } from '../../../shared/machinery/index.ts';
import { skipWithout } from '../../support/cluster.ts';
import { FaultyProxy } from '../../support/faulty-proxy.ts';
import { MqttHub } from '../../support/mqtt-hub.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { until } from '../../support/until.ts';

describe('link', () => {
  let hub: MqttHub;
  let directory: string;
  let disk: SmallDisk | undefined;
  beforeEach(async () => {
    hub = await MqttHub.start();
    directory = await mkdtemp(join(tmpdir(), 'kelp-link-'));
  });
  afterEach(async () => {
    await hub.stop();
    disk?.remove();
    disk = undefined;
    await rm(directory, { recursive: true });
  });

  const configMap = (name: string, data: Record<string, string>) =>
    hub.client.create(configmaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'default' },
      data,
    });
  const secret = (name: string) =>
    hub.client.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: 'default' },
      stringData: { key: 'x' },
    });
  const naming = (name: string) => ({
    containers: [{ name: 'c', image: 'busybox', envFrom: [{ configMapRef: { name } }] }],
  });
  const behind = (node: string) => [...hub.desired.behind()].find((entry) => entry.node === node)?.objects;

  it('leaves a hub that falls silent while a report is due, long before the next ping', async () => {
    const proxy = await FaultyProxy.before(hub.broker.port);
    try {
      const link = await hub.readyLink('pi-1', directory, {
        hub: { host: 'localhost', port: proxy.port },
        ...{ keepalive: 600, answerTimeout: 1_000 },
      });
      const pod = await hub.pod('web', 'pi-1');
      const reasons: string[] = [];
      link.onState((state) => state.is === 'disconnected' && reasons.push(state.reason));
      proxy.hold('everything');
      link.reporter.podStatus(pod, { phase: 'Running' });
      await until('the link to be cut', () => reasons.length > 0);
      expect(reasons[0]).to.equal('nothing was heard for 1000 ms while an answer was due');
      proxy.hold('nothing');
      await until('the report', async () => {
        const { status } = await hub.client.get(pods, { namespace: 'default', name: 'web' });
        return status?.phase === 'Running';
      });
    } finally {
      await proxy.close();
    }
  });

  it('brings a pod and what it names, its changes and its end; and nothing else', async () => {
    await configMap('settings', { mode: 'a' });
    await configMap('unrelated', {});
    await secret('unrelated');
    const link = await hub.readyLink('pi-1', directory);
    const pod = await hub.pod('web', 'pi-1', naming('settings'));
    await hub.pod('elsewhere', 'pi-2');
    await until('the pod', () => link.desired.pod(pod.metadata.uid));
    expect(link.desired.configMap('default', 'settings')?.data).to.deep.equal({ mode: 'a' });
    expect(link.desired.pods().map(({ metadata }) => metadata.name)).to.deep.equal(['web']);
    expect(link.desired.configMap('default', 'unrelated')).to.equal(undefined);
    expect(link.desired.secret('default', 'unrelated')).to.equal(undefined);

    await hub.client.patch(
      configmaps,
      { namespace: 'default', name: 'settings' },
      'application/merge-patch+json',
      { data: { mode: 'b' } },
    );
    await until('the change', () => link.desired.configMap('default', 'settings')?.data?.mode === 'b');

    const gone: string[] = [];
    link.desired.onChange(
      (change) => change.gone && gone.push(`${change.resource} ${change.namespace}/${change.name}`),
    );
    await hub.client.delete(pods, { namespace: 'default', name: 'web' }, { gracePeriodSeconds: 0 });
    await until('both to be gone', () => gone.length === 2);
    expect(gone).to.deep.equal(['pods default/web', 'configmaps default/settings']);
    expect(link.desired.pods()).to.deep.equal([]);
    await until('the acknowledgements', () => behind('pi-1') === 0);
  });

  it('knows what may be read, from the same index', async () => {
    await configMap('settings', {});
    await hub.pod('web', 'pi-1', naming('settings'));
    await until('the index', () => hub.reach.mayRead('pi-1', 'configmaps', 'default', 'settings'));
    expect(hub.reach.mayRead('pi-2', 'configmaps', 'default', 'settings')).to.equal(false);
    expect(hub.reach.mayRead('pi-1', 'secrets', 'default', 'settings')).to.equal(false);
    expect(hub.reach.mayRead('pi-1', 'pods', 'default', 'web')).to.equal(true);
    expect(hub.reach.mayRead('pi-1', 'configmaps', 'other', 'settings')).to.equal(false);
  });

  it('has the desired state after a restart with no hub in reach', async () => {
    const link = await hub.readyLink('pi-1', directory);
    const pod = await hub.pod('web', 'pi-1');
    await until('the pod', () => link.desired.pod(pod.metadata.uid));
    await link.stop();
    const alone = await hub.link('pi-1', directory, { hub: { host: 'localhost', port: 1 } });
    expect(alone.desired.pods().map(({ metadata }) => metadata.name)).to.deep.equal(['web']);
    await until(
      'the refusal',
      () => alone.state.is === 'disconnected' && /ECONNREFUSED/.test(alone.state.reason),
    );
  });

  it('catches up with what changed, what is new and what is gone', async () => {
    const link = await hub.readyLink('pi-1', directory);
    for (const name of ['kept', 'changed', 'gone']) await hub.pod(name, 'pi-1');
    await until('all of them', () => link.desired.pods().length === 3);
    await link.stop();
    await hub.pod('new', 'pi-1');
    await hub.client.delete(pods, { namespace: 'default', name: 'gone' }, { gracePeriodSeconds: 0 });
    await hub.client.patch(pods, { namespace: 'default', name: 'changed' }, 'application/merge-patch+json', {
      metadata: { labels: { a: 'b' } },
    });
    const again = await hub.readyLink('pi-1', directory);
    expect(
      again.desired
        .pods()
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).to.deep.equal(['changed', 'kept', 'new']);
    expect(
      again.desired.pods().find(({ metadata }) => metadata.name === 'changed')?.metadata.labels,
    ).to.deep.equal({ a: 'b' });
  });

  it('pays for the difference, not for the whole', async () => {
    const link = await hub.readyLink('pi-1', directory);
    for (let pod = 0; pod < 40; pod += 1)
      await hub.pod(`pod-${pod}`, 'pi-1', {
        containers: [{ name: 'c', image: 'busybox', args: ['x'.repeat(4_000)] }],
      });
    await until('all of them', () => link.desired.pods().length === 40);
    await link.stop();
    let bytes = 0;
    const counting = await hub.broker.subscribe('kelp/v1/nodes/pi-1/#', (_topic, payload) => {
      bytes += payload.length;
    });
    const equal = await hub.readyLink('pi-1', directory);
    const whenEqual = bytes;
    await equal.stop();
    await hub.client.patch(pods, { namespace: 'default', name: 'pod-7' }, 'application/merge-patch+json', {
      metadata: { labels: { a: 'b' } },
    });
    bytes = 0;
    const different = await hub.readyLink('pi-1', directory);
    const whenDifferent = bytes;
    await counting.stop();
    expect(different.desired.pods()).to.have.length(40);
    expect(whenEqual, 'bytes when nothing has changed').to.be.lessThan(800);
    expect(whenDifferent, 'bytes when one of 40 objects of 4 KB has changed').to.be.lessThan(12_000);
  });

  it('keeps what is readable of a damaged copy, and is made whole by the hub', async () => {
    const link = await hub.readyLink('pi-1', directory);
    for (const name of ['pod-a', 'pod-b', 'pod-c']) await hub.pod(name, 'pi-1');
    await until('all of them', () => link.desired.pods().length === 3);
    await link.stop();
    const path = join(directory, 'desired.db');
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    const at = lines.findIndex((line) => line.includes('\\"name\\":\\"pod-b\\"'));
    lines[at] = (lines[at] ?? '').slice(0, 40);
    const flipped = lines.findIndex((line) => line.includes('\\"name\\":\\"pod-c\\"'));
    lines[flipped] = (lines[flipped] ?? '').replace('busybox', 'busyboy');
    await writeFile(path, `${lines.join('\n')}\n{"_id":"torn","re`);
    const alone = await hub.link('pi-1', directory, { hub: { host: 'localhost', port: 1 } });
    expect(alone.desired.pods().map(({ metadata }) => metadata.name)).to.deep.equal(['pod-a']);
    await alone.stop();
    const whole = await hub.readyLink('pi-1', directory);
    expect(
      whole.desired
        .pods()
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).to.deep.equal(['pod-a', 'pod-b', 'pod-c']);
  });

  it('shows what it holds though the disk is full, and saves again when there is room', async function () {
    disk = SmallDisk.inMemory(512);
    if (!disk) skipWithout(this, 'mount, as root', 'mount');
    const filler = join(disk.path, 'filler');
    const link = await hub.readyLink('pi-1', disk.path);
    await hub.pod('before', 'pi-1');
    await until('the pod', () => link.desired.pods().length === 1);
    await link.stop();
    expect(() => writeFileSync(filler, Buffer.alloc(1024 * 1024))).to.throw('ENOSPC');
    const alone = await hub.link('pi-1', disk.path, { hub: { host: 'localhost', port: 1 } });
    expect(alone.desired.pods().map(({ metadata }) => metadata.name)).to.deep.equal(['before']);
    await alone.stop();
    const full = await hub.link('pi-1', disk.path);
    await hub.pod('after', 'pi-1');
    expect(full.desired.pods()).to.have.length(1);
    rmSync(filler);
    await until('the pod that had no room', () => full.desired.pods().length === 2);
  });

  it('turns presence into the condition Connected: joined, cut, back, stopped', async () => {
    await hub.node('pi-1');
    const condition = async () => {
      const node = await hub.client.get(nodes, { name: 'pi-1' });
      const found = findCondition(node.status?.conditions, 'Connected');
      return found && `${found.status} ${found.reason}`;
    };
    const is = (wanted: string) => until(wanted, async () => (await condition()) === wanted);
    const link = await hub.readyLink('pi-1', directory);
    await is('True AgentConnected');
    const states: string[] = [];
    link.onState(({ is }) => states.push(is));
    hub.broker.peer('pi-1')?.cut();
    await is('False ConnectionLost');
    await is('True AgentConnected');
    await until('the link to be ready', () => link.state.is === 'ready');
    expect(states).to.deep.equal(['disconnected', 'connecting', 'syncing', 'ready']);
    await link.stop();
    await is('False AgentStopped');
  });

  it('takes a connection that ends without a word for lost', async () => {
    await hub.node('pi-1');
    const bus = await hub.fixture.nodeBus('pi-1');
    const status = async () =>
      findCondition((await hub.client.get(nodes, { name: 'pi-1' })).status?.conditions, 'Connected')?.reason;
    await bus.publish(
      'kelp/v1/nodes/pi-1/presence',
      JSON.stringify({ state: 'ready', boot: 'b', since: '' }),
      { qos: 1 },
    );
    await until('the word', async () => (await status()) === 'AgentConnected');
    await bus.close();
    await until('the end', async () => (await status()) === 'ConnectionLost');
  });

  it('ignores the will of an older boot', async () => {
    await hub.node('pi-1');
    const status = async () =>
      findCondition((await hub.client.get(nodes, { name: 'pi-1' })).status?.conditions, 'Connected')?.reason;
    await hub.readyLink('pi-1', directory, { bootId: 'second' });
    await until('the condition', async () => (await status()) === 'AgentConnected');
    hub.broker.send(
      'kelp/v1/nodes/pi-1/presence',
      JSON.stringify({ state: 'lost', boot: 'first', since: '' }),
      1,
    );
    hub.broker.send(
      'kelp/v1/nodes/pi-1/presence',
      JSON.stringify({ state: 'sleeping', boot: 'second', since: '' }),
      1,
    );
    await until('the later word', async () => (await status()) === 'AgentSleeping');
    hub.broker.send(
      'kelp/v1/nodes/pi-1/presence',
      JSON.stringify({ state: 'lost', boot: 'second', since: '' }),
      1,
    );
    await until('the will of this boot', async () => (await status()) === 'ConnectionLost');
  });

  it('renews the lease by signs of life, with the clock of the hub', async () => {
    await hub.node('pi-1');
    const begun = Date.now();
    await hub.readyLink('pi-1', directory, { leaseSeconds: 0.05 });
    const lease = () =>
      hub.client.get(leases, { namespace: 'kube-node-lease', name: 'pi-1' }).catch(() => undefined);
    const first = await until('the lease', lease);
    expect(first.spec?.holderIdentity).to.equal('pi-1');
    expect(first.spec?.leaseDurationSeconds).to.equal(40);
    expect(Date.parse(String(first.spec?.renewTime))).to.be.within(begun, Date.now());
    expect(first.metadata.ownerReferences?.[0]?.name).to.equal('pi-1');
    await until('a renewal', async () => (await lease())?.spec?.renewTime !== first.spec?.renewTime);
  });

  describe('reports', () => {
    it('the newest status of a pod, and its end, also those of an offline time', async () => {
      const link = await hub.readyLink('pi-1', directory);
      const pod = await hub.pod('web', 'pi-1');
      const desired = await until('the pod', () => link.desired.pod(pod.metadata.uid));
      const revisions: string[] = [];
      const watch = hub.store.watch('/core/pods/', {
        onChanges: (changes) => {
          for (const { object } of changes)
            if (object) revisions.push(JSON.stringify(object).match(/"message":"(\w+)"/)?.[1] ?? '');
        },
        onEnd: () => undefined,
      });
      const { broker } = hub;
      const cut = new Promise<void>((resolve) =>
        broker.peer('pi-1')?.signal.addEventListener('abort', () => resolve()),
      );
      broker.peer('pi-1')?.cut();
      await cut;
      for (const message of ['one', 'two', 'three'])
        link.reporter.podStatus(desired, { phase: 'Running', message });
      const status = async () => (await hub.client.get(pods, { namespace: 'default', name: 'web' })).status;
      await until('the last status', async () => (await status())?.message === 'three');
      watch.stop();
      expect(revisions).to.deep.equal(['three']);

      link.reporter.podStatus(desired, { phase: 'Running', reason: 'Later' });
      await until('the message to be gone', async () => {
        const now = await status();
        return now?.reason === 'Later' && now.message === undefined;
      });
      await hub.client.delete(pods, { namespace: 'default', name: 'web' });
      await until('the wish to end', () => link.desired.pod(pod.metadata.uid)?.metadata.deletionTimestamp);
      link.reporter.podTerminated(desired);
      await until('the pod to be gone', () => link.desired.pods().length === 0);
      await until('nothing unreported', () => link.unreported === 0);
    });

    it('nothing of a pod that has been replaced by another of its name', async () => {
      const link = await hub.readyLink('pi-1', directory);
      const pod = await hub.pod('web', 'pi-1');
      const old = await until('the pod', () => link.desired.pod(pod.metadata.uid));
      await hub.client.delete(pods, { namespace: 'default', name: 'web' }, { gracePeriodSeconds: 0 });
      const next = await hub.pod('web', 'pi-1');
      link.reporter.podStatus(old, { phase: 'Failed', message: 'late' });
      link.reporter.podTerminated(old);
      await until('nothing unreported', () => link.unreported === 0);
      const now = await hub.client.get(pods, { namespace: 'default', name: 'web' });
      expect(now.metadata.uid).to.equal(next.metadata.uid);
      expect(now.status?.message).to.equal(undefined);
    });

    it('the node: created, then only when something but times has changed', async () => {
      const link = await hub.readyLink('pi-1', directory);
      const report = (time: string, memory: string) =>
        link.reporter.node({
          metadata: { name: 'pi-1', labels: { zone: 'a' } },
          status: {
            capacity: { memory },
            conditions: [
              {
                type: 'Ready',
                status: 'True',
                lastHeartbeatTime: time,
                lastTransitionTime: '2026-01-01T00:00:00Z',
              },
            ],
          },
        });
      const node = () => hub.client.get(nodes, { name: 'pi-1' }).catch(() => undefined);
      report('2026-01-01T00:00:00Z', '1Gi');
      await until(
        'the node with both conditions',
        async () => (await node())?.status?.conditions?.length === 2,
      );
      await until('nothing unreported', () => link.unreported === 0);
      const before = await node();
      report('2026-01-01T00:01:00Z', '1Gi');
      await until('nothing unreported', () => link.unreported === 0);
      expect((await node())?.metadata.resourceVersion).to.equal(before?.metadata.resourceVersion);
      report('2026-01-01T00:02:00Z', '2Gi');
      const after = await until('the change', async () => {
        const now = await node();
        return now?.status?.capacity?.memory === '2Gi' && now;
      });
      expect(after.metadata.labels).to.deep.equal({ zone: 'a' });
      expect(after.status?.conditions?.map(({ type }) => type).sort()).to.deep.equal(['Connected', 'Ready']);
    });

    it('events, and the newest 500 of an offline time', async () => {
      const offline = await hub.link('pi-1', directory, { hub: { host: 'localhost', port: 1 } });
      for (let event = 0; event < 600; event += 1) {
        offline.reporter.event({
          metadata: { name: `event-${event}`, namespace: 'default' },
          involvedObject: { kind: 'Node', name: 'pi-1' },
          reason: 'Test',
          message: `${event}`,
          type: 'Normal',
        });
      }
      expect(offline.unreported).to.equal(500);
      await offline.stop();
      const link = await hub.readyLink('pi-1', directory);
      link.reporter.event({
        metadata: { name: 'seen', namespace: 'default' },
        involvedObject: { kind: 'Node', name: 'pi-1' },
        reason: 'Test',
        message: 'once',
        type: 'Normal',
      });
      const seen = () =>
        hub.client.get(events, { namespace: 'default', name: 'seen' }).catch(() => undefined);
      expect((await until('the event', seen)).message).to.equal('once');
    });
  });

  it('starts afresh with a hub whose history is another one', async () => {
    const link = await hub.readyLink('pi-1', directory);
    const pod = await hub.pod('of-the-first', 'pi-1');
    await until('the pod', () => link.desired.pod(pod.metadata.uid));
    await link.stop();
    const restored = await MqttHub.start({ certificates: hub.fixture.certificates });
    try {
      const kept = await restored.pod('of-the-second', 'pi-1');
      const again = await restored.link('pi-1', directory);
      again.reporter.podStatus(kept, { phase: 'Running' });
      await until('the link to be ready', () => again.state.is === 'ready');
      expect(again.desired.pods().map(({ metadata }) => metadata.name)).to.deep.equal(['of-the-second']);
    } finally {
      await restored.stop();
    }
  });

  it('is Unknown after a start of the hub until the node is heard', async () => {
    await hub.node('pi-1');
    const condition = { type: 'Connected', status: 'True', reason: 'AgentConnected' };
    await hub.client.patch(
      nodes,
      { name: 'pi-1' },
      'application/strategic-merge-patch+json',
      { status: { conditions: [condition] } },
      { subresource: 'status' },
    );
    await until('the condition', async () => {
      const { status } = await hub.client.get(nodes, { name: 'pi-1' });
      const found = findCondition(status?.conditions, 'Connected');
      return found?.status === 'Unknown' && found.reason === 'NotHeardSinceHubStart';
    });
  });

  it('comes back later when the hub asks for a pause', async () => {
    const link = await hub.readyLink('pi-1', directory);
    const waits: number[] = [];
    link.onState((state) => state.is === 'disconnected' && waits.push(state.retryAfter));
    hub.desired.askForPause(3_600_000);
    // QoS 1 and in order: what is asked before the cut is heard before it.
    const pod = await hub.pod('after-the-wish', 'pi-1');
    await until('what was sent after the wish', () => link.desired.pod(pod.metadata.uid));
    hub.broker.peer('pi-1')?.cut();
    await until('the break', () => waits.length > 0);
    expect(waits[0]).to.be.greaterThan(200);
  });

  it('is told of a refusal by the hub as what it is', async () => {
    const outcome = await hub.client
      .get(pods, { namespace: 'default', name: 'none' })
      .catch((error: unknown) => error);
    expect(ApiError.is(outcome, 'NotFound')).to.equal(true);
  });
});
