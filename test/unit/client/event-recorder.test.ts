// Events as they arrive at the API: in the form of controllers and of the scheduler, counted, and given up without noise.

import { expect } from 'chai';
import { type Event, events } from '../../../shared/api/index.ts';
import { createLog } from '../../../shared/base/index.ts';
import { createClient, EventRecorder, type Transport } from '../../../shared/client/index.ts';
import type { KubeObject } from '../../../shared/machinery/index.ts';
import { admin, startApiServer } from '../../support/apiserver.ts';

const about: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default', uid: 'u-1', resourceVersion: '7' },
};

async function withRecorder(
  play: (world: {
    recorder: EventRecorder;
    list(): Promise<Event[]>;
    advance(ms: number): Promise<void>;
    fail(times: number): void;
  }) => Promise<void>,
): Promise<void> {
  const { api, clock, stop } = await startApiServer();
  const transport = api.transport({ user: admin });
  let failures = 0;
  const shaky: Transport = {
    request: async (request) => {
      failures -= 1;
      if (failures >= 0) throw new Error('connection lost');
      return transport.request(request);
    },
    listWatch: (scope, handlers) => transport.listWatch(scope, handlers),
  };
  const recorder = new EventRecorder({
    client: createClient(shaky),
    clock,
    log: createLog('test', 'silent'),
    instance: 'hub-1',
    limit: 3,
  });
  try {
    await play({
      recorder,
      list: async () => (await createClient(transport).list<Event>(events, { namespace: 'default' })).items,
      advance: (ms) => clock.advance(ms),
      fail: (times) => {
        failures = times;
      },
    });
  } finally {
    await recorder.stop();
    await stop();
  }
}

describe('the event recorder', () => {
  it('writes a controller’s event, and counts it when it happens again', () =>
    withRecorder(async ({ recorder, list, advance }) => {
      const controller = recorder.from('replicaset-controller');
      controller.event(about, 'Normal', 'SuccessfulCreate', 'Created pod: a');
      await recorder.flush();
      await advance(3000);
      controller.event(about, 'Normal', 'SuccessfulCreate', 'Created pod: a');
      await recorder.flush();
      const found = await list();
      expect(found).to.have.length(1);
      const [event] = found;
      expect(event?.metadata.name).to.match(/^p\.[0-9a-f]+$/);
      expect(event).to.deep.include({
        involvedObject: {
          kind: 'Pod',
          namespace: 'default',
          name: 'p',
          uid: 'u-1',
          apiVersion: 'v1',
          resourceVersion: '7',
        },
        source: { component: 'replicaset-controller' },
        reportingComponent: 'replicaset-controller',
        type: 'Normal',
        count: 2,
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:00:03Z',
      });
    }));

  it('writes what was done in the form of events.k8s.io', () =>
    withRecorder(async ({ recorder, list }) => {
      recorder
        .actionsFrom('default-scheduler')
        .event(about, 'Normal', 'Preempted', 'Preempting', 'Preempted by q', {
          ...about,
          metadata: { name: 'q' },
        });
      await recorder.flush();
      const [event] = await list();
      expect(event).to.deep.include({
        action: 'Preempting',
        related: { kind: 'Pod', name: 'q', apiVersion: 'v1' },
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingComponent: 'default-scheduler',
        reportingInstance: 'default-scheduler-hub-1',
      });
      expect(event?.count ?? 0).to.equal(0);
    }));

  it('says where on a node and in a pod it happened', () =>
    withRecorder(async ({ recorder, list }) => {
      recorder
        .from('kubelet', 'pi-1')
        .event({ object: about, fieldPath: 'spec.containers{c}' }, 'Normal', 'Pulled', 'ok');
      await recorder.flush();
      const [event] = await list();
      expect(event?.source).to.eql({ component: 'kubelet', host: 'pi-1' });
      expect(event?.involvedObject.fieldPath).to.equal('spec.containers{c}');
    }));

  it('cuts a message that is too long', () =>
    withRecorder(async ({ recorder, list }) => {
      recorder.from('kubelet').event(about, 'Warning', 'Failed', 'x'.repeat(5000));
      await recorder.flush();
      expect((await list())[0]?.message).to.have.length(1024);
    }));

  it('tries again when the API is out of reach', () =>
    withRecorder(async ({ recorder, list, advance, fail }) => {
      fail(2);
      recorder.from('kubelet').event(about, 'Normal', 'Started', 'ok');
      await advance(10_000);
      await recorder.flush();
      expect(await list()).to.have.length(1);
    }));

  it('keeps a bounded number of events while it cannot write', () =>
    withRecorder(async ({ recorder, list, advance, fail }) => {
      fail(1);
      for (let turn = 0; turn < 9; turn += 1)
        recorder.from('kubelet').event(about, 'Normal', `R${turn}`, 'ok');
      await advance(10_000);
      await recorder.flush();
      expect((await list()).map(({ reason }) => reason).sort()).to.eql(['R0', 'R1', 'R2']);
    }));
});
